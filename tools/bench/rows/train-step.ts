/** A train step of a network: the same sequence of batches on both sides. */
import { type Batch, Bug } from '@honyaku/contracts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowsOf } from '../../pytorch/batch.ts';
import { type BatchCounts, countsOf, epochBatches } from '../bench-dataset.ts';
import {
  type BenchContext,
  ourCompetitor,
  torchCompetitor,
  withCompetitors,
  alternate,
} from '../competitors.ts';
import { type NetworkName, networks } from '../networks.ts';
import { evenPieces, median } from '../samples.ts';
import { type MeasuredRow, type Measurement, timeText } from '../table.ts';
import { Milliseconds, ProductSpeed, Profile, Size } from '../protocol.ts';
import { setting } from '../setting.ts';
import { operationsOf } from '../operations.ts';

/** Each in the precision of both sides; the targets are those that are hoped for. */
const rows = {
  'recurrent-notebook': { network: 'notebook', precision: 'float32', target: 1.2 },
  'recurrent-small': { network: 'small', precision: 'float32', target: 1.5 },
  'recurrent-notebook-bfloat16': { network: 'notebook', precision: 'bfloat16', target: 1 },
  'recurrent-small-bfloat16': { network: 'small', precision: 'bfloat16', target: 1 },
  transformer: { network: 'transformer', precision: 'float32', target: 1.2 },
  'transformer-small': { network: 'transformer-small', precision: 'float32', target: 1.2 },
  'transformer-bfloat16': { network: 'transformer', precision: 'bfloat16', target: 1.2 },
  'transformer-small-bfloat16': { network: 'transformer-small', precision: 'bfloat16', target: 1.2 },
} as const;

const descriptions: Record<NetworkName, string> = {
  notebook: 'the notebook’s network, batches of 32 shuffled Tatoeba pairs; PyTorch eager with torch.nn.LSTM',
  small:
    'one LSTM layer of 256 that reads both ways, attention, vocabularies of 2,500 and 2,000, smoothing, clipping, batches of 64 pairs of about one length; PyTorch eager with torch.nn.LSTM over the padded batch',
  transformer:
    'Marian’s Transformer of 4 and 2 layers of 256, 8 heads, 1,024 units, a joint vocabulary of about 8,000, smoothing, clipping, batches of 64 pairs of about one length; Hugging Face’s MarianMTModel over the padded batch',
  'transformer-small':
    'Marian’s Transformer of 3 layers and 1 of 192, 6 heads, 512 units, a joint vocabulary of about 3,000, smoothing, clipping, batches of 64 pairs of about one length; Hugging Face’s MarianMTModel over the padded batch',
};

export async function trainStep(context: BenchContext, name: keyof typeof rows): Promise<MeasuredRow> {
  const { network, precision, target } = rows[name];
  const { warmUpSteps, rounds, stepsInRound } = setting.trainStep;
  const count = warmUpSteps + rounds * stepsInRound;
  const { batching } = networks[network];
  const batches = (await epochBatches(await context.dataset(network), batching)).slice(0, count).flat();
  const batchesFile = join(context.folder, `${name}.json`);
  await writeFile(batchesFile, JSON.stringify(batches.map(rowsOf)));
  const { learningRate } = setting;
  const ours = ourCompetitor('train.ts', { network, batching, learningRate }, precision);
  const autocast = precision === 'bfloat16';
  const isMarian = networks[network].hyperparameters.network === 'transformer';
  const script = isMarian ? 'torch_marian_train.py' : 'torch_train.py';
  const torch = await torchCompetitor(context, script, network, [batchesFile], { autocast });
  const referenceName = isMarian ? 'Transformers' : 'PyTorch';
  const indices = [...batches.keys()];
  const [warmUp, measured] = [indices.slice(0, warmUpSteps), indices.slice(warmUpSteps)];
  return withCompetitors([ours, torch], async () => {
    const { parameters } = await ours.ask(Size, { size: true });
    const theirs = await torch.ask(Size, { size: true });
    if (parameters !== theirs.parameters)
      throw new Bug(`${name}: ${parameters} parameters here, ${theirs.parameters} in ${referenceName}`);
    const { gigaflops } = await ours.ask(ProductSpeed, { productSpeed: true });
    const ask = {
      ours: (steps: readonly number[]) => ours.ask(Milliseconds, { steps }),
      reference: (steps: readonly number[]) => torch.ask(Milliseconds, { steps }),
    };
    await alternate([warmUp], ask, () => context.report(`${name}: warmed up`));
    const times = await alternate(evenPieces(measured, rounds), ask, (round, now) =>
      context.report(
        `${name}: round ${round} of ${rounds}, ours ${timeText(median(now.ours))}, ${referenceName} ${timeText(median(now.reference))} a step`,
      ),
    );
    const profile = await ours.ask(Profile, { profile: true });
    const chosen = measured.flatMap((index) => batches[index] ?? []);
    const counts = medianCounts(chosen);
    const sentences = median(chosen.map(({ size }) => size));
    const row = {
      ours: measurement(times.ours, counts),
      reference: measurement(times.reference, counts),
    };
    const operations = operationsOf(
      networks[network],
      (await context.dataset(network)).vocabularySize,
      counts,
      sentences,
    );
    const reached = operations / (row.ours.milliseconds / 1000) / 1e9;
    return {
      name,
      target,
      per: 'a step',
      referenceName: autocast ? `${referenceName} autocast` : referenceName,
      ...row,
      note: `${descriptions[network]} and fused Adam; medians of ${measured.length} steps and of what their batches hold. Ours does ${reached.toFixed(0)} GFLOPS, ${((100 * reached) / gigaflops).toFixed(0)}% of the ${gigaflops.toFixed(0)} of its products of 1,024-cubes in ${precision}; ${profileText(profile)}.`,
    };
  });
}

/** What bounds our step. */
function profileText({ calls, arithmetic, memory, outside }: Profile): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  return `${percent(arithmetic)} of the step is in products, layers and attention, ${percent(memory)} in kernels that move memory, ${percent(outside)} outside of its ${calls} kernel calls`;
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
