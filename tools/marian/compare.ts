/** What a folder in Marian's form gives in Hugging Face's transformers, beside the bundle in our own network. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson, specialTokens } from '@honyaku/contracts';
import { z } from 'zod';
import { type Python } from '../bench/torch.ts';
import { batchOf } from '../pytorch/batch.ts';
import { run } from '../setup/command.ts';
import { openBundle } from './bundle.ts';
import { type Pair } from './corpus.ts';
import { type TrainedModel } from './platform.ts';

const tolerance = 1e-4;
const rows = z.array(z.array(z.int()));
const Loaded = z.object({
  problems: z.array(z.string()),
  source: rows,
  target: rows,
  decoded: z.array(z.string()),
});

/** @returns what differs, a sentence each */
export async function compare(
  model: TrainedModel,
  pairs: readonly Pair[],
  { python, environment }: Python,
  folder: string,
): Promise<string[]> {
  const [pairsFile, logitsFile] = [join(folder, 'pairs.json'), join(folder, 'logits')];
  await writeFile(pairsFile, JSON.stringify(pairs));
  const script = join(import.meta.dirname, 'load_marian.py');
  const words = [script, model.marian, pairsFile, logitsFile];
  const printed = await run(python, words, { seconds: 600, environment });
  const theirs = fromJson(Loaded, printed, 'load_marian.py');
  const ours = await ourResults(model, pairs);
  return [
    ...theirs.problems.map((problem) => `MarianMTModel does not load strictly: ${problem}`),
    ...pairs.flatMap(([source, target], index) => [
      ...unequal(`ids of ${source}`, theirs.source[index], ours.source[index]),
      ...unequal(`ids of ${target}`, theirs.target[index], ours.target[index]),
      // Theirs leaves out what is unknown.
      ...(ours.hasUnknown[index]
        ? []
        : unequal(`text of the ids of ${target}`, theirs.decoded[index], ours.decoded[index])),
    ]),
    ...compareLogits(ours.logits, await readFile(logitsFile), ours.target),
  ];
}

/** Ids in the order of Marian's vocabulary. */
async function ourResults(model: TrainedModel, pairs: readonly Pair[]) {
  const { tokenizers, network, rowOf } = await openBundle(model);
  const encoded = pairs.map(([from, to]) => ({
    source: tokenizers.source.encode(from),
    target: tokenizers.target.encode(to),
  }));
  const rowsOf = (ids: readonly number[]) => [...ids, specialTokens.eos].map(rowOf);
  const logits = network.logits(batchOf(encoded));
  network.dispose();
  return {
    source: encoded.map((pair) => rowsOf(pair.source)),
    target: encoded.map((pair) => rowsOf(pair.target)),
    decoded: encoded.map((pair) => tokenizers.target.decode(pair.target)),
    hasUnknown: encoded.map((pair) => pair.target.includes(specialTokens.unk)),
    logits,
  };
}

/** @param targets whose lengths say which positions are no padding */
function compareLogits(ours: Float32Array, bytes: Buffer, targets: readonly (readonly number[])[]): string[] {
  if (bytes.length !== ours.byteLength)
    return [`MarianMTModel gives ${bytes.length} bytes of logits, our network ${ours.byteLength}`];
  const longest = Math.max(...targets.map(({ length }) => length));
  const vocabulary = ours.length / targets.length / longest;
  let [largest, compared] = [0, 0];
  for (const [pair, { length }] of targets.entries())
    for (let at = pair * longest * vocabulary; at < (pair * longest + length) * vocabulary; at += 1) {
      // Written so that a NaN is the largest difference.
      const difference = Math.abs((ours[at] ?? NaN) - bytes.readFloatLE(at * 4));
      if (!(difference <= largest)) largest = difference;
      compared += 1;
    }
  process.stderr.write(
    `${compared} logits of ${targets.length} pairs: the largest difference is ${largest.toExponential(1)}, ` +
      `allowed are ${tolerance.toExponential(0)}\n`,
  );
  return largest <= tolerance ? [] : [`logits differ by ${largest}`];
}

function unequal(what: string, theirs: unknown, ours: unknown): string[] {
  const [left, right] = [JSON.stringify(theirs), JSON.stringify(ours)];
  return left === right ? [] : [`${what}: transformers ${left}, ours ${right}`];
}
