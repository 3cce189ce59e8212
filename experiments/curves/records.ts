/** Records of runs in docs/curves: a file for each run, a line of JSON for each epoch. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson } from '@honyaku/contracts';
import { z } from 'zod';
import { openTokenizer, type Split, type TokenizerFiles } from '@honyaku/data';
import { bleu } from '@honyaku/metrics';
import { greedy, type Seq2Seq } from '@honyaku/model';

export const EpochRow = z.strictObject({
  epoch: z.int().min(1),
  /** Time of training alone, from the run's start. */
  seconds: z.number(),
  /** Held-out, as the notebook averages it, and over all tokens. */
  batchMean: z.number(),
  perplexity: z.number(),
  /** BLEU of greedy translations of all held-out sentences. */
  bleu: z.number(),
});
export type EpochRow = z.output<typeof EpochRow>;

export interface Run {
  /** Such as `reference` or `best-2`: the run and, where it has several, its seed. */
  readonly name: string;
  readonly rows: readonly EpochRow[];
}

/** All runs of a folder, by name. @throws Corrupt naming the line */
export async function readRuns(folder: string): Promise<Run[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  return Promise.all(
    files.map(async (file) => {
      const lines = (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
      const rows = lines.map((line, index) => fromJson(EpochRow, line, `${file}:${index + 1}`));
      return { name: file.replace(/\.jsonl$/, ''), rows };
    }),
  );
}

/** BLEU of greedy translations of a whole split that holds its texts. */
export async function heldOutBleu(model: Seq2Seq, split: Split, tokenizers: TokenizerFiles): Promise<number> {
  const tokenizer = await openTokenizer(tokenizers.target, tokenizers.vocabulary);
  const rows = Array.from({ length: split.length }, (_, index) => index);
  const sources = rows.map((index) => [...split.pair(index).source]);
  const outputs = greedy(model, sources).map((ids) => tokenizer.decode(ids));
  const references = rows.map((index) => split.text(index)?.target ?? '');
  return Number(bleu(outputs, references).score.toFixed(2));
}
