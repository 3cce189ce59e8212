/** Numbers, held-out metrics and datasets as people read them. */
import {
  type HeldOutMetrics,
  type CleaningReport,
  cleaningReasons,
  pairsLeftOut,
  type DatasetReport,
  type SweepSpec,
  type SweepView,
  type TrialView,
  hasDevSet,
  hasDiverged,
} from '@honyaku/contracts';

/** `149.26`; NaN and infinities as their names. */
export function perplexityText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 1e6 ? value.toExponential(2) : value.toFixed(2);
}

/** `0:42`, `12:05`, `1:02:03`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const padded = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

/** `3.4 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`;
}

/** A hyperparameter's value as a person compares it; `honyaku --json` has all digits. */
export function settingText(value: string | number | boolean): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}

/** `1 epoch`, `2 epochs`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2026-01-31 09:05:00` of an ISO timestamp in UTC. */
export function timeText(timestamp: string): string {
  return timestamp.replace('T', ' ').slice(0, 19);
}

const signs = {
  repeated: 'words repeat',
  dominant: 'one word dominates',
  identical: 'all are identical',
} as const;

export type HeldOutSet = 'dev' | 'test';

/** The set of the sweep's dataset on which its epochs are evaluated. */
export function heldOutSetOf({ dataset }: Pick<SweepSpec, 'dataset'>): HeldOutSet {
  return hasDevSet(dataset) ? 'dev' : 'test';
}

/**
 * Held-out perplexity and BLEU, such as `61.37, BLEU 12.30 (look-up 14.60) of 500 sentences`, with the alarm if the
 * translations have collapsed.
 * @param lookUp BLEU of the look-up on the same set, if it is known
 */
export function testText({ perplexity, translations }: HeldOutMetrics, lookUp?: number): string {
  const alarm = collapseText(translations);
  const of = countText(translations.sentences, 'sentence');
  const scores = `${perplexityText(perplexity)}, BLEU ${bleuScoreText(translations, lookUp)} of ${of}`;
  return alarm === '' ? scores : `${scores} (${alarm})`;
}

/** The sweep without a best epoch that has diverged, which rows of earlier versions may have. */
export function withoutDivergedBest({ best, ...sweep }: SweepView): SweepView {
  return best === undefined || hasDiverged(best.heldOut) ? sweep : { ...sweep, best };
}

/** Why a sweep has no best epoch; empty where it has one, or where that is no news. */
export function noBestText({ best, epochsDone }: SweepView, trials: readonly TrialView[]): string {
  const isOver = trials.every(({ state, retryable }) => state === 'failed' && retryable === false);
  if (best || epochsDone === 0 || !isOver) return '';
  return 'no best checkpoint: every trial has diverged';
}

/**
 * `12.30 by beam 4 (look-up 14.60)`; without a beam where the translations are greedy.
 * @param lookUp BLEU of the look-up on the same set, if it is known
 */
export function bleuScoreText(
  { bleu, beam }: HeldOutMetrics['translations'],
  lookUp: number | undefined,
): string {
  const search = beam ? ` by beam ${beam.size}` : '';
  const floor = lookUp === undefined ? '' : ` (look-up ${scoreText(lookUp)})`;
  return `${scoreText(bleu.score)}${search}${floor}`;
}

/** Two decimals, as scores are compared. */
export function scoreText(score: number): string {
  return score.toFixed(2);
}

/** Such as `12 of 2000 held-out translations were cut before their end`; empty when none was. */
export function truncationText({ truncated = 0, sentences }: HeldOutMetrics['translations']): string {
  if (truncated === 0) return '';
  return `${truncated} of ${sentences} held-out translations were cut before their end`;
}

/** Empty when the translations have not collapsed. */
export function collapseText({ collapse }: HeldOutMetrics['translations']): string {
  if (collapse.length === 0) return '';
  return `translations collapsed: ${collapse.map((sign) => signs[sign]).join(', ')}`;
}

/** Whether the sweep waits for the score of its best epoch on the whole test set, as a sentence; else empty. */
export function scoringText({ state, best }: Pick<SweepView, 'state' | 'best'>): string {
  return state === 'running' && best?.wholeScore?.state === 'pending'
    ? 'its best epoch is scored on the whole test set'
    : '';
}

/**
 * A dataset in sentences: languages and sizes, what is translated of it if the sweep says that, then one for each thing
 * that is not as one would hope.
 */
export function datasetTexts(report: DatasetReport, { evaluation }: Pick<SweepSpec, 'evaluation'>): string[] {
  return [summaryOf(report), ...sampleOf(report, evaluation), ...concernsOf(report)];
}

function sampleOf({ pairs: { dev, test } }: DatasetReport, evaluation: SweepSpec['evaluation']): string[] {
  if (!evaluation) return [];
  const { sentences } = evaluation;
  if (dev !== undefined)
    return [`BLEU after each epoch is of ${Math.min(sentences, dev)} of ${dev} dev pairs`];
  if (sentences > test)
    return [
      `evaluation.sentences is ${sentences}, but all ${test} test pairs are translated after each epoch: there are no more`,
    ];
  return [
    `BLEU after each epoch is of a sample of ${sentences} of ${test} test pairs, at the end that of the best epoch is of all`,
  ];
}

function summaryOf(report: DatasetReport): string {
  const { sourceLanguage, targetLanguage, bleuTokenization, pairs, groups, characterCoverage } = report;
  const byScript =
    targetLanguage === 'und' ? ' (by the script of the target, whose language is unknown)' : '';
  return (
    `dataset: ${sourceLanguage} → ${targetLanguage}, ${setsOf(pairs)}${groups ? groupsText(groups) : ''}, ` +
    `BLEU tokenization: ${bleuTokenization}${byScript}${coverageText(characterCoverage)}`
  );
}

function coverageText(coverage: DatasetReport['characterCoverage']): string {
  return coverage ? `, character coverage: ${coverage.source} and ${coverage.target}` : '';
}

function setsOf({ train, dev, test }: DatasetReport['pairs']): string {
  if (dev === undefined) return `${train} pairs to train and ${test} to test`;
  return `${train} pairs to train, ${dev} to choose by (dev) and ${test} to test`;
}

function groupsText({ train, dev, test }: NonNullable<DatasetReport['groups']>): string {
  return ` in ${train}, ${dev} and ${test} groups that share no side with each other`;
}

function concernsOf(report: DatasetReport): string[] {
  const { pairs, cleaning, publishedPairs = 0, skipped, overlap, outsideTokenizers } = report;
  const long = outsideTokenizers.source + outsideTokenizers.target > 0;
  return [
    cleaning ? cleaningText(cleaning) : '',
    overlapText(overlap, pairs.test),
    publishedPairs > 0
      ? `${countText(publishedPairs, 'pair')} left out: of published test sets, or with a side of one (dataset.published)`
      : '',
    skipped.tooLong > 0 ? `${countText(skipped.tooLong, 'pair')} skipped: longer than dataset.maxTokens` : '',
    skipped.invisible > 0 ? `${countText(skipped.invisible, 'pair')} skipped: one side is blank` : '',
    long
      ? `too long for the training of the tokenizers (4192 bytes): ${outsideTokenizers.source} source ` +
        `and ${outsideTokenizers.target} target sentences`
      : '',
  ].filter((text) => text !== '');
}

/** Empty where nothing was left out. */
function cleaningText({ pairs, left }: CleaningReport): string {
  const reasons = cleaningReasons.flatMap((reason) =>
    left[reason] ? [`${reason} ${left[reason].pairs}`] : [],
  );
  if (reasons.length === 0) return '';
  return `cleaning left out ${pairsLeftOut({ left })} of ${countText(pairs, 'pair')}: ${reasons.join(', ')} (dataset.cleaning)`;
}

/** Empty where training shares nothing with the test. Sides that are shared include those of shared pairs. */
function overlapText({ pairs, sources, targets }: DatasetReport['overlap'], test: number): string {
  const shared = [
    pairs > 0 ? `test pairs that are in training too: ${pairs} of ${test}` : '',
    sources > pairs ? `test pairs whose source is in training too: ${sources} of ${test}` : '',
    targets > pairs ? `test pairs whose target is in training too: ${targets} of ${test}` : '',
  ].filter((text) => text !== '');
  if (shared.length === 0) return '';
  const scores = pairs > 0 ? 'are better' : 'may be better';
  return `${shared.join('; ')}; test scores ${scores} than on new text`;
}

/** The one line that trains the trial again and compares. */
export function reproduceCommand({ id }: Pick<TrialView, 'id'>): string {
  return `honyaku reproduce ${id}`;
}
