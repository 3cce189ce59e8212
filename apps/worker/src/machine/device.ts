/** The device that this worker trains on, detected once at its start. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromJson, type GpuRecord, messageOf, Unavailable, type WorkerEnvironment } from '@honyaku/contracts';
import { type NvidiaDriver, nvidiaDriver, withoutSecrets } from '@honyaku/tensor-process';
import { z } from 'zod';
import { gpuNameIn, reasonIn } from './tensorflow-log.ts';

/** `unused` is a GPU that the driver shows and TensorFlow does not use. */
export type Device =
  | { readonly type: 'cpu'; readonly unused?: Omit<GpuRecord, 'environment'> & { readonly reason: string } }
  | ({ readonly type: 'gpu' } & GpuRecord);

/**
 * Needed for the same bytes in every run: without them TensorFlow picks whichever kernel is quickest, and rounds the
 * inputs of products to the 10 bits of TF32.
 */
const sameBytes = { TF_DETERMINISTIC_OPS: '1', TF_CUDNN_DETERMINISTIC: '1', NVIDIA_TF32_OVERRIDE: '0' };

/** The first use of a GPU compiles kernels for it, if its kind is younger than TensorFlow. */
const probeMilliseconds = 300_000;
const script = fileURLToPath(new URL('../child/device-probe.ts', import.meta.url));
const Probe = z.object({ isOnGpu: z.boolean() });

/** @throws Unavailable with TensorFlow's reason when a GPU is asked for and it uses none */
export async function findDevice(asked: WorkerEnvironment['HONYAKU_DEVICE']): Promise<Device> {
  if (asked === 'cpu') return { type: 'cpu' };
  const driver = await nvidiaDriver();
  if (asked === 'auto' && !driver) return { type: 'cpu' };
  const { isOnGpu, log } = await askTensorFlow();
  const gpu = {
    name: gpuNameIn(log) ?? driver?.gpus[0]?.name ?? 'unknown',
    driver: driver?.version ?? 'unknown',
  };
  if (isOnGpu) return { type: 'gpu', ...gpu, environment: sameBytes };
  const reason = [reasonIn(log), driverFailure(driver)].filter((each) => each !== undefined).join('; ');
  if (asked === 'gpu') throw new Unavailable(`HONYAKU_DEVICE is gpu, and TensorFlow uses none: ${reason}`);
  return { type: 'cpu', unused: { ...gpu, reason } };
}

/** Environment variables that native libraries read at their start for this device, besides a trial's own settings. */
export function deviceEnvironment(device: Device): Record<string, string> {
  if (device.type === 'cpu') return { CUDA_VISIBLE_DEVICES: '-1' };
  // Without growth the first process takes all memory of a GPU that others use too.
  return { HONYAKU_DEVICE: 'gpu', TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...device.environment };
}

/** Whether the GPU of the start is unusable now; asked after the tensor process was lost. */
export async function isGone(device: Device): Promise<boolean> {
  return device.type === 'gpu' && !(await askTensorFlow()).isOnGpu;
}

async function askTensorFlow(): Promise<{ readonly isOnGpu: boolean; readonly log: string }> {
  const environment = { TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...sameBytes, TF_CPP_MIN_LOG_LEVEL: '0' };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), script],
      { env: { ...withoutSecrets(process.env), ...environment }, timeout: probeMilliseconds },
    );
    return { ...fromJson(Probe, stdout, 'the device probe'), log: stderr };
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    return { isOnGpu: false, log: said === '' ? messageOf(error) : said };
  }
}

function driverFailure(driver: NvidiaDriver | undefined): string | undefined {
  if (!driver) return 'there is no nvidia-smi and no NVIDIA driver in the kernel';
  return driver.failure === undefined ? undefined : `nvidia-smi: ${driver.failure}`;
}
