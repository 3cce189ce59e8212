import {
  InvalidInput,
  parseInput,
  type SampleTranslation,
  bestEpochOf,
  routes,
  toJson,
} from '@honyaku/contracts';
import {
  type BleuTokenization,
  bleuMetric,
  chrfMetric,
  type CorpusMetric,
  corpusStatistics,
  pairedBootstrap,
} from '@honyaku/metrics';
import { z } from 'zod';
import { type ApiClient } from '@honyaku/client';
import { scoreText } from '../texts.ts';
import { tableOf } from '../tables.ts';
import { printLine, type CommandContext } from '../terminal.ts';

const Comparison = z.strictObject({
  metric: z.string(),
  signature: z.string(),
  baseline: z.number(),
  system: z.number(),
  difference: z.number(),
  /** How likely a difference at least as large, either way, is between systems equally good. */
  pValue: z.number(),
});
const Comparisons = z.strictObject({ baseline: z.string(), system: z.string(), scores: z.array(Comparison) });
type Comparison = z.output<typeof Comparison>;

/** A committed epoch with its held-out translations. */
interface Checkpoint {
  readonly name: string;
  readonly translations: readonly SampleTranslation[];
  readonly tokenization: BleuTokenization;
}

/** `honyaku compare BASELINE SYSTEM`: BLEU and chrF2 of two checkpoints, and whether they differ by more than luck. */
export async function compare(
  { terminal, json, client }: CommandContext,
  baselineName: string,
  systemName: string,
): Promise<void> {
  const api = await client();
  const [baseline, system] = await Promise.all([checkpoint(api, baselineName), checkpoint(api, systemName)]);
  const scores = comparisons(baseline, system);
  if (json) {
    const names = { baseline: baseline.name, system: system.name };
    return printLine(terminal, toJson(Comparisons, { ...names, scores }));
  }
  const rows = scores.map(({ metric, ...score }) => [
    metric,
    scoreText(score.baseline),
    scoreText(score.system),
    `${score.difference >= 0 ? '+' : ''}${scoreText(score.difference)}`,
    score.pValue.toFixed(3),
  ]);
  printLine(terminal, tableOf(['', baseline.name, system.name, 'difference', 'p'], rows));
  for (const { metric, signature } of scores) printLine(terminal, `${metric}: ${signature}`);
  printLine(
    terminal,
    `p: how likely so large a difference is between systems equally good, by paired bootstrap over ${baseline.translations.length} sentences`,
  );
}

/** `TRIAL` is its epoch of the lowest held-out perplexity, `TRIAL:EPOCH` that epoch. */
async function checkpoint(api: ApiClient, name: string): Promise<Checkpoint> {
  const [id = '', number] = name.split(':');
  const trial = await api.call(routes.trial, { id });
  const { epochs } = trial;
  const chosen =
    number === undefined ? bestEpochOf(trial) : epochs.find(({ epoch }) => String(epoch) === number);
  if (!chosen)
    throw new InvalidInput(
      number === undefined || epochs.length === 0
        ? `${id} has no committed epoch with a finite perplexity`
        : `${name}: ${id} has the epochs 1 to ${epochs.length}`,
    );
  const { signature } = chosen.heldOut.translations.bleu;
  return {
    name: `${id}:${chosen.epoch}`,
    ...(await api.call(routes.translations, { id, epoch: chosen.epoch })),
    tokenization: parseInput(Tokenization, /\|tok:([^|]+)/.exec(signature)?.[1], signature),
  };
}

const Tokenization = z.enum(['13a', 'char', 'zh', 'intl', 'none']) satisfies z.ZodType<BleuTokenization>;

function comparisons(baseline: Checkpoint, system: Checkpoint): Comparison[] {
  const sameSentences =
    baseline.translations.length === system.translations.length &&
    baseline.translations.every(({ source, reference }, index) => {
      const other = system.translations[index];
      return other?.source === source && other.reference === reference;
    });
  if (!sameSentences)
    throw new InvalidInput(`${baseline.name} and ${system.name} were not evaluated on the same sentences`);
  const references = baseline.translations.map(({ reference }) => reference);
  const compareBy = (metric: string, corpusMetric: CorpusMetric): Comparison => {
    const statisticsOf = ({ translations }: Checkpoint) =>
      corpusStatistics(
        corpusMetric,
        translations.map(({ output }) => output),
        references,
      );
    const paired = pairedBootstrap(statisticsOf(baseline), statisticsOf(system), { seed: 1 });
    return {
      metric,
      signature: corpusMetric.signature,
      baseline: paired.baseline.score,
      system: paired.system.score,
      difference: paired.difference,
      pValue: paired.twoSidedPValue,
    };
  };
  return [
    compareBy('BLEU', bleuMetric({ tokenization: baseline.tokenization })),
    compareBy('chrF2', chrfMetric()),
  ];
}
