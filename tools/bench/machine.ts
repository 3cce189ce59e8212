import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { run } from '../setup/command.ts';
import { type BenchPlace, sentencePiecePython } from './bench-place.ts';
import { type RowName } from './measured-row.ts';
import { type Python } from './torch.ts';

/**
 * The load average of the last minute above which ratios flatter us: PyTorch's OpenMP threads wait for each other by
 * spinning, and beside another busy process on two cores its steps take ten times as long; ours hardly suffer.
 */
const busy = 0.5;

/** CPU, cores and load in one sentence; call it before any work. */
export function machineText(): string {
  const load = loadavg()[0] ?? NaN;
  const warning =
    load > busy
      ? ` (busy above ${busy}: do not trust the ratios, PyTorch suffers more from it than we do)`
      : '';
  return `machine: ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, load average before the run ${load.toFixed(1)}${warning}`;
}

/** Versions of what the chosen rows run on. */
export async function versionsText(rows: readonly RowName[], torch: BenchPlace['torch']): Promise<string> {
  const versions = [`Node ${process.versions.node}`];
  if (rows.some((row) => row !== 'tokenise')) {
    versions.push(`TensorFlow ${await tensorflowVersion()}`);
    versions.push(await pythonVersions(await torch(), 'torch', 'PyTorch'));
  }
  if (rows.includes('tokenise'))
    versions.push(await pythonVersions(sentencePiecePython(), 'sentencepiece', 'SentencePiece'));
  return `versions: ${versions.join(', ')}`;
}

async function tensorflowVersion(): Promise<string> {
  const script = join(import.meta.dirname, 'ours', 'tensorflow-version.ts');
  return run(process.execPath, ['--import', 'tsx', script], {
    seconds: 120,
    environment: { TF_CPP_MIN_LOG_LEVEL: '2' },
  });
}

async function pythonVersions({ python, environment }: Python, module: string, name: string) {
  const script = `import platform, ${module}; print("${name}", ${module}.__version__, "on Python", platform.python_version())`;
  return (await run(python, ['-c', script], { seconds: 300, environment })).trim();
}
