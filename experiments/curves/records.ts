/** What runs leave in docs/curves: a file for each run, a line of JSON for each epoch. */
import { fromJson } from '@honyaku/contracts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const EpochRow = z.strictObject({
  epoch: z.int().min(1),
  /** Of training alone, from the run's start. */
  seconds: z.number(),
  /** Held-out, as the notebook averages it, and over all tokens. */
  batchMean: z.number(),
  perplexity: z.number(),
  /** Of greedy translations of all held-out sentences. */
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
