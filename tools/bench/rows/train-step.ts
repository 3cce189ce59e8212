/** A train step at the reference's own batches: the same sequence of them on both sides. */
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
} from '../competitors.ts';
import { type BatchCounts, countsOf, epochBatches } from '../notebook-dataset.ts';
import { evenPieces, median } from '../samples.ts';
import { type MeasuredRow, type Measurement, timeText } from '../table.ts';
import { Milliseconds } from '../protocol.ts';
import { setting } from '../setting.ts';

/** As fast as PyTorch; 1.2 is hoped for. */
const target = 1;

export async function trainStep(context: BenchContext): Promise<MeasuredRow> {
  const { warmUpSteps, rounds, stepsInRound } = setting.trainStep;
  const count = warmUpSteps + rounds * stepsInRound;
  const batches = (await epochBatches(context.dataset, 'plain')).slice(0, count).flat();
  const batchesFile = join(context.folder, 'train-step.json');
  await writeFile(batchesFile, JSON.stringify(batches.map(rowsOf)));
  const { learningRate } = setting;
  const ours = ourCompetitor('train.ts', { batching: 'plain', learningRate });
  const torch = await torchCompetitor(context, 'torch_train.py', [batchesFile]);
  const indices = [...batches.keys()];
  const [warmUp, measured] = [indices.slice(0, warmUpSteps), indices.slice(warmUpSteps)];
  return withCompetitors([ours, torch], async () => {
    const ask = {
      ours: (steps: readonly number[]) => ours.ask(Milliseconds, { steps }),
      reference: (steps: readonly number[]) => torch.ask(Milliseconds, { steps }),
    };
    await alternate([warmUp], ask, () => context.report('train-step: warmed up'));
    const times = await alternate(evenPieces(measured, rounds), ask, (round, now) =>
      context.report(
        `train-step: round ${round} of ${rounds}, ours ${timeText(median(now.ours))}, PyTorch ${timeText(median(now.reference))} a step`,
      ),
    );
    const counts = medianCounts(measured.flatMap((index) => batches[index] ?? []));
    return {
      name: 'train-step',
      target,
      per: 'a step',
      referenceName: 'PyTorch',
      ours: measurement(times.ours, counts),
      reference: measurement(times.reference, counts),
      note: `median of ${measured.length} steps and of what their batches hold; the same batches of 32 shuffled Tatoeba pairs on both sides; PyTorch eager with torch.nn.LSTM and fused Adam.`,
    };
  });
}

function measurement(times: readonly (readonly number[])[], counts: BatchCounts): Measurement {
  return { milliseconds: median(times.flat()), counts };
}

/** Counts of the median batch, as the time is. */
function medianCounts(batches: readonly Batch[]): BatchCounts {
  const counts = batches.map((batch) => countsOf([batch]));
  const of = (name: keyof BatchCounts) => median(counts.map((each) => each[name]));
  return {
    sourceTokens: of('sourceTokens'),
    sourcePositions: of('sourcePositions'),
    targetTokens: of('targetTokens'),
    targetPositions: of('targetPositions'),
  };
}
