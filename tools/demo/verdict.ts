/** Whether the demo has shown what it is there to show. */
import {
  type BestBundle,
  type SampleTranslation,
  type TranslateResponse,
  type TrialView,
} from '@honyaku/contracts';
import { type WatchedSweep, perplexityText } from '@honyaku/cli';

export interface DemoOutcome extends WatchedSweep {
  /** The bundle whose files were read back and verified. */
  readonly bundle: Pick<BestBundle, 'config'>;
  readonly translated: TranslateResponse;
  readonly scores: DemoScores;
  /** All held-out translations of the best epoch. */
  readonly outputs: readonly SampleTranslation[];
}

/** BLEU of the test set; undefined where it was not measured. */
export interface DemoScores {
  readonly test: number | undefined;
  /** Hypotheses of the beam search that translated it; undefined where it was translated greedily. */
  readonly beam: number | undefined;
  /** Of the translation of the most similar training sentence. */
  readonly lookUp: number | undefined;
}

/** Of as many translations as there are different references. */
const leastDistinct = 0.95;

/** In two lines of at most 80 characters, the second of which is indented as the demo's lines are. */
export function bleuText({ test, beam, lookUp }: DemoScores): string {
  const shown = (score: number | undefined) => score?.toFixed(1) ?? 'unknown';
  const search = beam === undefined ? '' : ` by beam ${beam}`;
  return `BLEU ${shown(test)}${search} of the test set, which nothing was chosen by
  (look-up of the most similar training sentence: ${shown(lookUp)})`;
}

/** @returns one sentence for each thing that failed; none when all is as it should be */
export function failuresOf(outcome: DemoOutcome): string[] {
  const { sweep, trials, bundle, translated, scores, outputs } = outcome;
  const { best } = sweep;
  const trial = trials.find(({ id }) => id === best?.trialId);
  const failures: (string | undefined)[] = [
    sweep.state === 'completed'
      ? undefined
      : `the sweep is ${sweep.state}: ${sweep.reason ?? 'no reason is known'}`,
    trial ? rise(trial) : 'the sweep has no best trial',
    bundle.config.trialId === best?.trialId && bundle.config.epoch === best.epoch
      ? undefined
      : `the bundle holds ${bundle.config.trialId} after epoch ${bundle.config.epoch}, which is not the best`,
    translated.trialId === bundle.config.trialId && translated.epoch === bundle.config.epoch
      ? undefined
      : `${translated.trialId} translated, not the checkpoint that was read back`,
    translated.translations.some(({ output }) => output.trim() !== '')
      ? undefined
      : 'every translation is empty',
    scores.test !== undefined && scores.lookUp !== undefined && scores.test > scores.lookUp
      ? undefined
      : `the best model is not better than the look-up: ${bleuText(scores).replace(/\s+/g, ' ')}`,
    sameness(outputs),
  ];
  return failures.filter((failure) => failure !== undefined);
}

/** By how much an epoch may be worse than the one before: at the end of a cosine schedule nothing changes any more. */
const level = 1.02;

/** Says where the held-out perplexity did not fall. */
function rise({ id, config, epochs }: TrialView): string | undefined {
  const values = epochs.map(({ heldOut }) => heldOut.perplexity);
  const fell = values.every((value, index) => {
    return Number.isFinite(value) && (index === 0 || value < level * (values[index - 1] ?? NaN));
  });
  const isLower = values.length === 1 || (values.at(-1) ?? NaN) < (values[0] ?? NaN);
  if (fell && isLower && values.length === config.epochs) return undefined;
  const perplexities = values.map(perplexityText).join(', ');
  return `the held-out perplexity of the best trial, ${id}, did not fall in each of its ${config.epochs} epochs: ${perplexities}`;
}

/** Says that translations are alike. */
function sameness(translations: readonly SampleTranslation[]): string | undefined {
  const distinct = new Set(translations.map(({ output }) => output)).size;
  const references = new Set(translations.map(({ reference }) => reference)).size;
  if (distinct >= leastDistinct * references) return undefined;
  return `${translations.length} held-out translations are only ${distinct} different ones, where their references are ${references}`;
}
