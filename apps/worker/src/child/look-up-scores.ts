/** BLEU of the look-up in the training pairs, which is a floor for networks. */
import type { DatasetReport } from '@honyaku/contracts';
import { lookUp, type LookUp, openSplit, type Split } from '@honyaku/data';
import { bleu, type BleuTokenization } from '@honyaku/metrics';
import { sampledPairs, textOf } from './held-out-texts.ts';

/** Held-out pairs of each set that are looked up, evenly spread: enough for an interval of about one point. */
const sentences = 2_000;

export interface HeldOutShards {
  readonly dev?: readonly string[];
  readonly test: readonly string[];
}

/** @param tokenization of BLEU, as held-out translations have it */
export async function lookUpScores(
  shards: HeldOutShards,
  tokenization: BleuTokenization,
  corpus: Omit<LookUp, 'sources'>,
): Promise<NonNullable<DatasetReport['lookUp']>> {
  const dev = shards.dev ? pairsOf(await openSplit(shards.dev)) : [];
  const test = pairsOf(await openSplit(shards.test));
  const sources = [...dev, ...test].map(({ source }) => source);
  const outputs = await lookUp({ ...corpus, sources });
  const score = (found: readonly string[], pairs: readonly { readonly target: string }[]) =>
    bleu(
      found,
      pairs.map(({ target }) => target),
      { tokenization },
    ).score;
  return {
    ...(shards.dev ? { dev: score(outputs.slice(0, dev.length), dev) } : {}),
    test: score(outputs.slice(dev.length), test),
  };
}

function pairsOf(split: Split) {
  return sampledPairs(split, sentences).map((index) => textOf(split, index));
}
