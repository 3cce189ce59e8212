/** An epoch of the same 16,000 pairs: the reference's batches against ours by length. */
import { type Batch } from '@honyaku/contracts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowsOf } from '../../pytorch/batch.ts';
import {
  type BenchContext,
  ourCompetitor,
  torchCompetitor,
  withCompetitors,
  alternate,
  type Sides,
} from '../competitors.ts';
import { countsOf, epochBatches } from '../bench-dataset.ts';
import { epochTime, evenPieces, stratifiedSample } from '../samples.ts';
import { type MeasuredRow, timeText } from '../table.ts';
import { Milliseconds } from '../protocol.ts';
import { setting } from '../setting.ts';

/** As fast a step and half of the positions, and a quarter on top. */
const target = 2.5;
/** The largest of the sample, after which memory is there for all. */
const warmUpSteps = 3;

type Updates = readonly (readonly Batch[])[];

export async function epoch(context: BenchContext): Promise<MeasuredRow> {
  const dataset = await context.dataset('notebook');
  const epochs: Sides<Updates> = {
    ours: await epochBatches(dataset, 'length'),
    reference: await epochBatches(dataset, 'plain'),
  };
  const batchesFile = join(context.folder, 'epoch.json');
  await writeFile(batchesFile, JSON.stringify(epochs.reference.flat().map(rowsOf)));
  const ours = ourCompetitor('train.ts', {
    network: 'notebook',
    batching: 'length',
    learningRate: setting.learningRate,
  });
  const torch = await torchCompetitor(context, 'torch_train.py', 'notebook', [batchesFile]);
  const steps = {
    ours: stepsOf(epochs.ours, context.full),
    reference: stepsOf(epochs.reference, context.full),
  };
  const { sample, stepsInTurn, stepsInTurnOfFull } = setting.epoch;
  const rounds = context.full ? 1 : setting.epoch.rounds;
  const turns = context.full
    ? Math.ceil(epochs.reference.length / stepsInTurnOfFull)
    : Math.ceil(sample / stepsInTurn);
  const pieces = { ours: evenPieces(steps.ours, turns), reference: evenPieces(steps.reference, turns) };
  return withCompetitors([ours, torch], async () => {
    const ask = {
      ours: (turn: number) => ours.ask(Milliseconds, { steps: pieces.ours[turn % turns] ?? [] }),
      reference: (turn: number) => torch.ask(Milliseconds, { steps: pieces.reference[turn % turns] ?? [] }),
    };
    await ours.ask(Milliseconds, { steps: steps.ours.slice(-warmUpSteps) });
    await torch.ask(Milliseconds, { steps: steps.reference.slice(-warmUpSteps) });
    context.report('epoch: warmed up');
    const order = Array.from({ length: rounds * turns }, (_, turn) => turn);
    const times = await alternate(order, ask, (turn, now) =>
      context.report(
        `epoch: ${turn} of ${order.length}, ours ${timeText(mean(now.ours))}, PyTorch ${timeText(mean(now.reference))} a step`,
      ),
    );
    const measured = (side: keyof typeof epochs) => ({
      milliseconds: epochTime(roundsOf(times[side], turns), epochs[side].length),
      counts: countsOf(epochs[side].flat()),
    });
    return {
      name: 'epoch',
      target,
      per: 'an epoch',
      referenceName: 'PyTorch',
      ours: measured('ours'),
      reference: measured('reference'),
      note: `${epochs.ours.length} updates of ours from batches by length, ${epochs.reference.length} of PyTorch from shuffled batches of 32; ${
        context.full
          ? 'every step was timed.'
          : `estimated from a sample of ${steps.ours.length} and ${steps.reference.length} steps, spread evenly over the batches sorted by size (--full times all).`
      }`,
    };
  });
}

/** Indices of the steps that are timed. */
function stepsOf(updates: Updates, full: boolean): number[] {
  const sizes = updates.map((batches) => {
    const { sourcePositions, targetPositions } = countsOf(batches);
    return sourcePositions + targetPositions;
  });
  return full ? [...updates.keys()] : stratifiedSample(sizes, setting.epoch.sample);
}

/** Times of the steps of each round, from those of each turn. */
function roundsOf(times: readonly (readonly number[])[], turns: number): number[][] {
  return evenPieces(times, times.length / turns).map((round) => round.flat());
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
