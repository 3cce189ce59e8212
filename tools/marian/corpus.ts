/** Short Tatoeba pairs (CC BY 2.0 FR) to train on, and others that share no sentence with them. */
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPaths } from '@honyaku/contracts';
import { writeShortPairs } from '../demo/short-pairs.ts';

/** Source and target. */
export type Pair = readonly [string, string];

/** As the sweep file names it. */
const trainingFile = 'train.tsv';

/**
 * Writes the training pairs into the folder.
 * @returns pairs from all over the corpus, which are not among them
 */
export async function splitCorpus(folder: string, heldOut: number): Promise<Pair[]> {
  const path = installedPaths().tatoebaPairs;
  const all = join(folder, 'all.tsv');
  await writeShortPairs({ name: path, open: () => Promise.resolve(createReadStream(path)) }, all);
  const pairs = (await readFile(all, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line): Pair => {
      const [source = '', target = ''] = line.split('\t');
      return [source, target];
    });
  const stride = Math.floor(pairs.length / heldOut);
  const apart = pairs.filter((_, index) => index % stride === 0).slice(0, heldOut);
  const known = new Set(apart.flat());
  const training = pairs.filter((pair) => !pair.some((sentence) => known.has(sentence)));
  await writeFile(join(folder, trainingFile), training.map((pair) => `${pair.join('\t')}\n`).join(''));
  return apart;
}
