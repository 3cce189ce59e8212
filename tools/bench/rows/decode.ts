/**
 * Greedy translation of held-out sentences with the same weights, both in batches by length and with the state kept
 * from token to token: the row is about translating a set, such as an evaluation, not about how long one sentence
 * waits. Output ids, limit of tokens and threads are the same.
 */
import { specialTokens } from '@honyaku/contracts';
import { openSplit } from '@honyaku/data';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BenchContext,
  ourCompetitor,
  torchCompetitor,
  withCompetitors,
  alternate,
} from '../competitors.ts';
import { evenPieces, median } from '../samples.ts';
import { type Ids, requireSameIds, Milliseconds, Saved, Sentences } from '../protocol.ts';
import { type MeasuredRow, timeText } from '../table.ts';
import { setting } from '../setting.ts';

const target = 2;
const stepsBetweenNews = 20;

export async function decode(context: BenchContext): Promise<MeasuredRow> {
  const { sentences, warmUpSentences, rounds } = setting.decode;
  const chosen = await heldOut(context, sentences);
  const sources = join(context.folder, 'sources.json');
  await writeFile(sources, JSON.stringify(chosen.map(({ source }) => source)));
  const weights = await trainedWeights(context);
  const ours = ourCompetitor('decode.ts', { weights, sources });
  const torch = await torchCompetitor(context, 'torch_decode.py', 'notebook', [weights, sources]);
  return withCompetitors([ours, torch], async () => {
    const ask = {
      ours: (count: number) => ours.ask(Sentences, { sentences: count }),
      reference: (count: number) => torch.ask(Sentences, { sentences: count }),
    };
    await alternate([warmUpSentences], ask, () => context.report('decode: warmed up'));
    const turns = Array<number>(rounds).fill(chosen.length);
    const answers = await alternate(turns, ask, (round, now) => {
      context.report(
        `decode: round ${round} of ${rounds}, ours ${timeText(now.ours.milliseconds)}, PyTorch ${timeText(now.reference.milliseconds)}`,
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
      targetTokens: sum(outputs.map(tokensOf)),
    };
    const measured = (all: readonly Sentences[]) => ({
      milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
      counts,
    });
    return {
      name: 'decode',
      target,
      per: `for ${chosen.length} sentences`,
      referenceName: 'PyTorch',
      ours: measured(answers.ours),
      reference: measured(answers.reference),
      note: `greedy, PyTorch in batches of ${setting.decode.referenceBatch} by length; the same weights (${setting.decode.trainSteps} steps of training) and the same ids out. ${outputNote(outputs, chosen)}`,
    };
  });
}

interface HeldOut {
  readonly row: number;
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** Pairs spread evenly over the held-out split. */
async function heldOut(context: BenchContext, count: number): Promise<HeldOut[]> {
  const { test } = await context.dataset('notebook');
  const split = await openSplit(test);
  return evenPieces([...Array(split.length).keys()], count).flatMap(([row]) => {
    if (row === undefined) return [];
    const { source, target: reference } = split.pair(row);
    return [{ row, source: [...source], target: [...reference] }];
  });
}

/** Path of weights that we trained for a short while, the same in each run on a machine. */
async function trainedWeights({ folder, report }: BenchContext): Promise<string> {
  const { trainSteps, trainLearningRate } = setting.decode;
  const trainer = ourCompetitor('train.ts', {
    network: 'notebook',
    batching: 'length',
    learningRate: trainLearningRate,
  });
  return withCompetitors([trainer], async () => {
    for (let step = 0; step < trainSteps; step += stepsBetweenNews) {
      const end = Math.min(step + stepsBetweenNews, trainSteps);
      await trainer.ask(Milliseconds, {
        steps: Array.from({ length: end - step }, (_, index) => step + index),
      });
      report(`decode: ${end} of ${trainSteps} steps of training`);
    }
    const { saved } = await trainer.ask(Saved, { save: join(folder, 'weights.safetensors') });
    return saved;
  });
}

/** Tokens that were generated, the eos too. */
function tokensOf(output: readonly number[]): number {
  return Math.min(output.length + 1, setting.decode.maxTokens);
}

function outputNote(outputs: Ids, chosen: readonly HeldOut[]): string {
  const mean = (values: readonly number[]) => (sum(values) / values.length).toFixed(1);
  const references = chosen.map(({ target: ids }) => ids.filter((id) => id !== specialTokens.bos).length);
  const endless = outputs.filter((output) => output.length >= setting.decode.maxTokens).length;
  return `A translation has ${mean(outputs.map(tokensOf))} tokens (people’s ${mean(references)}); ${endless} ran to the limit of ${setting.decode.maxTokens}.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
