/** `npm run bench`: our train step and PyTorch's (fused Adam) in turns in one run. `--json` adds a line for machines. */
import { messageOf } from '@honyaku/contracts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowsOf } from '../pytorch/batch.ts';
import { run } from '../setup/command.ts';
import { benchBatch } from './bench-batch.ts';
import { Contestant } from './contestant.ts';
import { median } from './median.ts';
import { setting } from './setting.ts';
import { preparePyTorch } from './torch.ts';

const rounds = 3;
const stepsInRound = 5;
const warmUpSteps = 2;
/** As fast as PyTorch. */
const target = 1;

const folder = await mkdtemp(join(tmpdir(), 'honyaku-bench-'));
try {
  await compare();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

async function compare(): Promise<void> {
  const torch = await preparePyTorch(print);
  const version = await run(torch.python, ['-c', 'import torch; print(torch.__version__)'], {
    seconds: 300,
    environment: torch.environment,
  });
  print(`train step: ${JSON.stringify(setting)}`);
  print(
    `machine: ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, load average before the run ${(loadavg()[0] ?? NaN).toFixed(1)} (busy above 0.5: do not trust it)`,
  );
  print(`versions: Node ${process.versions.node}, TensorFlow 2.21.0, PyTorch ${version.trim()}`);
  const contestants = [ourStep(), await torchStep(torch)] as const;
  try {
    for (const contestant of contestants) await contestant.steps(warmUpSteps);
    const times: [number[], number[]] = [[], []];
    for (let round = 1; round <= rounds; round += 1) {
      for (const index of [0, 1] as const)
        times[index].push(...(await contestants[index].steps(stepsInRound)));
      const [ours, reference] = times.map((list) => median(list.slice(-stepsInRound)));
      print(`round ${round}: ours ${format(ours)}, PyTorch ${format(reference)}`);
    }
    report(median(times[0]), median(times[1]));
  } finally {
    for (const contestant of contestants) contestant.end();
  }
}

function ourStep(): Contestant {
  const script = join(import.meta.dirname, 'step.ts');
  return new Contestant('our step', process.execPath, ['--import', 'tsx', script], {
    TF_NUM_INTRAOP_THREADS: String(setting.threads),
    TF_ENABLE_ONEDNN_OPTS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
  });
}

async function torchStep({
  python,
  environment,
}: Awaited<ReturnType<typeof preparePyTorch>>): Promise<Contestant> {
  const batchFile = join(folder, 'batch.json');
  await writeFile(batchFile, JSON.stringify(rowsOf(benchBatch())));
  const script = join(import.meta.dirname, 'torch_step.py');
  return new Contestant('PyTorch’s step', python, [script, JSON.stringify(setting), batchFile], {
    ...environment,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

function report(ours: number, reference: number): void {
  const ratio = Number((reference / ours).toFixed(3));
  print(`median: ours ${format(ours)}, PyTorch ${format(reference)}; PyTorch / ours = ${ratio}`);
  if (process.argv.includes('--json')) print(JSON.stringify({ name: 'train-step', ratio, target }));
}

function format(milliseconds = NaN): string {
  return `${milliseconds.toFixed(0)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
