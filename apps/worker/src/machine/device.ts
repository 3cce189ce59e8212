/** The device that this worker trains on, detected once at start-up. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromJson, type GpuRecord, messageOf, Unavailable, type WorkerEnvironment } from '@honyaku/contracts';
import { type NvidiaDriver, nvidiaDriver, withoutSecrets } from '@honyaku/tensor-process';
import { z } from 'zod';
import { gpuNameIn, reasonIn } from './tensorflow-log.ts';

/** `unused` is a GPU that the driver reports but TensorFlow does not use. */
export type Device =
  | { readonly type: 'cpu'; readonly unused?: Omit<GpuRecord, 'environment'> & { readonly reason: string } }
  | ({ readonly type: 'gpu' } & GpuRecord);

/**
 * Settings that make runs on a GPU reproducible: without them TensorFlow picks the fastest kernel and rounds the inputs
 * of matrix products to the 10-bit mantissa of TF32.
 */
const deterministic = { TF_DETERMINISTIC_OPS: '1', TF_CUDNN_DETERMINISTIC: '1', NVIDIA_TF32_OVERRIDE: '0' };

/** The first use of a GPU compiles kernels for it, if its architecture is newer than TensorFlow. */
const probeMilliseconds = 300_000;
const script = fileURLToPath(new URL('../child/device-probe.ts', import.meta.url));
const Probe = z.object({ isOnGpu: z.boolean() });

/** @throws Unavailable with TensorFlow's reason when a GPU is required and it uses none */
export async function findDevice(setting: WorkerEnvironment['HONYAKU_DEVICE']): Promise<Device> {
  if (setting === 'cpu') return { type: 'cpu' };
  const driver = await nvidiaDriver();
  if (setting === 'auto' && !driver) return { type: 'cpu' };
  const { isOnGpu, log } = await probeTensorFlow();
  const gpu = {
    name: gpuNameIn(log) ?? driver?.gpus[0]?.name ?? 'unknown',
    driver: driver?.version ?? 'unknown',
  };
  if (isOnGpu) return { type: 'gpu', ...gpu, environment: deterministic };
  const reason = [reasonIn(log), driverFailure(driver)].filter((each) => each !== undefined).join('; ');
  if (setting === 'gpu')
    throw new Unavailable(`HONYAKU_DEVICE is gpu, but TensorFlow uses no GPU: ${reason}`);
  return { type: 'cpu', unused: { ...gpu, reason } };
}

/** Environment variables that native libraries read when they start on this device, besides a trial's own settings. */
export function deviceEnvironment(device: Device): Record<string, string> {
  if (device.type === 'cpu') return { CUDA_VISIBLE_DEVICES: '-1' };
  // Without growth the first process takes all memory of a shared GPU.
  return { HONYAKU_DEVICE: 'gpu', TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...device.environment };
}

/** Whether the GPU found at start-up is unusable now; checked after the tensor process was lost. */
export async function isGone(device: Device): Promise<boolean> {
  return device.type === 'gpu' && !(await probeTensorFlow()).isOnGpu;
}

async function probeTensorFlow(): Promise<{ readonly isOnGpu: boolean; readonly log: string }> {
  const environment = { TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...deterministic, TF_CPP_MIN_LOG_LEVEL: '0' };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), script],
      { env: { ...withoutSecrets(process.env), ...environment }, timeout: probeMilliseconds },
    );
    return { ...fromJson(Probe, stdout, 'the device probe'), log: stderr };
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    return { isOnGpu: false, log: stderr === '' ? messageOf(error) : stderr };
  }
}

function driverFailure(driver: NvidiaDriver | undefined): string | undefined {
  if (!driver) return 'there is no nvidia-smi and no NVIDIA driver in the kernel';
  return driver.failure === undefined ? undefined : `nvidia-smi: ${driver.failure}`;
}
