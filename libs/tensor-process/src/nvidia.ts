/** NVIDIA's GPUs as their driver shows them, whether or not TensorFlow can use them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf, messageOf } from '@honyaku/contracts';

export interface Gpu {
  /** As CUDA_VISIBLE_DEVICES takes it, `GPU-…`. */
  readonly uuid: string;
  /** Such as `NVIDIA A100-SXM4-40GB`. */
  readonly name: string;
}

export interface NvidiaDriver {
  /** Such as `550.54.15`; undefined when it does not answer. */
  readonly version: string | undefined;
  /** Empty when there is none, or the driver does not answer. */
  readonly gpus: readonly Gpu[];
  /** Why `nvidia-smi` shows no GPU. */
  readonly failure?: string;
}

const queryMilliseconds = 20_000;
const query = ['--query-gpu=uuid,name,driver_version', '--format=csv,noheader'];
/** The kernel module's own report, which exists also in containers without nvidia-smi. */
const kernelModule = '/proc/driver/nvidia/version';

/** Asks `nvidia-smi`, then the kernel. @returns undefined where there is neither: no driver is installed */
export async function nvidiaDriver(): Promise<NvidiaDriver | undefined> {
  const version = moduleVersion(await readFile(kernelModule, 'utf8').catch(() => ''));
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: queryMilliseconds });
    const rows = stdout.split('\n').map((line) => line.split(', '));
    const gpus = rows.flatMap(([uuid, name]) =>
      uuid?.startsWith('GPU-') && name !== undefined ? [{ uuid, name }] : [],
    );
    if (gpus.length > 0) return { version: rows[0]?.[2] ?? version, gpus };
    return { version, gpus, failure: oneLine(stdout) };
  } catch (error) {
    const isMissing = codeOf(error) === 'ENOENT';
    if (isMissing && version === undefined) return undefined;
    return { version, gpus: [], failure: isMissing ? 'it is not installed' : whatItSaid(error) };
  }
}

/**
 * A `CUDA_VISIBLE_DEVICES` for each of `count` processes of this machine, so that each has a GPU of its own as long as
 * there are enough; those that the variable names already are shared out. Undefined where there is nothing to share.
 */
export async function gpuOfEach(count: number, environment = process.env): Promise<(string | undefined)[]> {
  const named = environment['CUDA_VISIBLE_DEVICES']?.split(',');
  const devices = named ?? (await nvidiaDriver())?.gpus.map(({ uuid }) => uuid) ?? [];
  return Array.from({ length: count }, (_, index) => devices[index % devices.length]);
}

function moduleVersion(text: string): string | undefined {
  return /^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s/m.exec(text)?.[1];
}

/** nvidia-smi writes the reason of a failure to standard output. */
function whatItSaid(error: unknown): string {
  const said = error instanceof Error && 'stdout' in error ? oneLine(String(error.stdout)) : '';
  return said === '' ? messageOf(error) : said;
}

function oneLine(text: string): string {
  return text.split(/\s+/).join(' ').trim();
}
