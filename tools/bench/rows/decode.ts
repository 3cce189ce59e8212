/**
 * Greedy translation of held-out sentences with the same weights, both in batches by length and with the state kept
 * from token to token: the row is about translating a set, such as an evaluation, not about how long one sentence
 * waits. Output ids, limit of tokens and threads are the same.
 */
import { specialTokens } from '@honyaku/contracts';
import { openSplit } from '@honyaku/data';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BenchContext,
  ourCompetitor,
  torchCompetitor,
  withCompetitors,
  alternate,
} from '../competitors.ts';
import { type NetworkName, networks } from '../networks.ts';
import { evenPieces, median } from '../samples.ts';
import { type Ids, requireSameIds, Milliseconds, Saved, Sentences } from '../protocol.ts';
import { type MeasuredRow, timeText } from '../table.ts';
import { setting } from '../setting.ts';

const stepsBetweenNews = 20;

/** The rows: a network, how it searches, and what we hope for. */
const rows = {
  decode: {
    network: 'notebook',
    beamSize: 1,
    target: 2,
    script: 'torch_decode.py',
    referenceName: 'PyTorch',
  },
  'decode-transformer': { network: 'transformer', beamSize: 1, target: 3, ...byTransformers() },
  'decode-transformer-beam': { network: 'transformer', beamSize: 4, target: 3, ...byTransformers() },
} as const;
type DecodeRow = keyof typeof rows;

function byTransformers() {
  return { script: 'torch_marian_decode.py', referenceName: 'Transformers' } as const;
}

/** How its network is trained before, and how long its translations may be. */
function lengthsOf(network: NetworkName) {
  const { trainSteps, maxTokens, transformerTrainSteps, transformerMaxTokens } = setting.decode;
  return network === 'transformer'
    ? { trainSteps: transformerTrainSteps, maxTokens: transformerMaxTokens }
    : { trainSteps, maxTokens };
}

export async function decode(context: BenchContext, name: DecodeRow): Promise<MeasuredRow> {
  const { network, beamSize, target, script, referenceName } = rows[name];
  const { maxTokens, trainSteps } = lengthsOf(network);
  const { sentences, warmUpSentences, rounds, referenceBatch } = setting.decode;
  const chosen = await heldOut(context, network, sentences);
  const sources = join(context.folder, `${name}.json`);
  await writeFile(sources, JSON.stringify(chosen.map(({ source }) => source)));
  const weights = await trainedWeights(context, network);
  const ours = ourCompetitor('decode.ts', { network, weights, sources, beamSize, maxTokens });
  const torch = await torchCompetitor(context, script, network, [weights, sources], { beamSize, maxTokens });
  return withCompetitors([ours, torch], async () => {
    const ask = {
      ours: (count: number) => ours.ask(Sentences, { sentences: count }),
      reference: (count: number) => torch.ask(Sentences, { sentences: count }),
    };
    await alternate([warmUpSentences], ask, () => context.report(`${name}: warmed up`));
    const turns = Array<number>(rounds).fill(chosen.length);
    const answers = await alternate(turns, ask, (round, now) => {
      context.report(
        `${name}: round ${round} of ${rounds}, ours ${timeText(now.ours.milliseconds)}, ${referenceName} ${timeText(now.reference.milliseconds)}`,
      );
      requireSameIds(
        now.ours.ids,
        now.reference.ids,
        (index) =>
          `sentence ${index + 1} of ${chosen.length} (row ${chosen[index]?.row} of the held-out split)`,
      );
    });
    const outputs = answers.reference[0]?.ids ?? [];
    const counts = {
      sourceTokens: sum(chosen.map(({ source }) => source.length)),
      targetTokens: sum(outputs.map((output) => tokensOf(output, maxTokens))),
    };
    const measured = (all: readonly Sentences[]) => ({
      milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
      counts,
    });
    const search = beamSize === 1 ? 'greedy' : `a beam of ${beamSize}`;
    return {
      name,
      target,
      per: `for ${chosen.length} sentences`,
      referenceName,
      ours: measured(answers.ours),
      reference: measured(answers.reference),
      note: `${search}, ${referenceName} in batches of ${referenceBatch} by length; the same weights (${trainSteps} steps of training) and the same ids out. ${outputNote(outputs, chosen, maxTokens)}`,
    };
  });
}

interface HeldOut {
  readonly row: number;
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** Pairs spread evenly over the held-out split. */
async function heldOut(context: BenchContext, network: NetworkName, count: number): Promise<HeldOut[]> {
  const { test } = await context.dataset(network);
  const split = await openSplit(test);
  return evenPieces([...Array(split.length).keys()], count).flatMap(([row]) => {
    if (row === undefined) return [];
    const { source, target: reference } = split.pair(row);
    return [{ row, source: [...source], target: [...reference] }];
  });
}

/** Path of weights that we trained for a short while, the same in each run on a machine. */
async function trainedWeights({ folder, report }: BenchContext, network: NetworkName): Promise<string> {
  const path = join(folder, `${network}.safetensors`);
  if (existsSync(path)) return path;
  const { trainSteps } = lengthsOf(network);
  const { trainLearningRate: learningRate } = setting.decode;
  const batching = network === 'notebook' ? 'length' : networks[network].batching;
  const trainer = ourCompetitor('train.ts', { network, batching, learningRate });
  return withCompetitors([trainer], async () => {
    for (let step = 0; step < trainSteps; step += stepsBetweenNews) {
      const end = Math.min(step + stepsBetweenNews, trainSteps);
      await trainer.ask(Milliseconds, {
        steps: Array.from({ length: end - step }, (_, index) => step + index),
      });
      report(`${network}: ${end} of ${trainSteps} steps of training`);
    }
    const { saved } = await trainer.ask(Saved, { save: path });
    return saved;
  });
}

/** Tokens that were generated, the eos too. */
function tokensOf(output: readonly number[], maxTokens: number): number {
  return Math.min(output.length + 1, maxTokens);
}

function outputNote(outputs: Ids, chosen: readonly HeldOut[], maxTokens: number): string {
  const mean = (values: readonly number[]) => (sum(values) / values.length).toFixed(1);
  const references = chosen.map(({ target: ids }) => ids.filter((id) => id !== specialTokens.bos).length);
  const endless = outputs.filter((output) => output.length >= maxTokens).length;
  const generated = outputs.map((output) => tokensOf(output, maxTokens));
  return `A translation has ${mean(generated)} tokens (people’s ${mean(references)}); ${endless} ran to the limit of ${maxTokens}.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
