/** What `runtime.precision: auto` comes to on this worker. */
import { defaultPrecision, type Precision, type RuntimeSettings } from '@honyaku/contracts';
import type { Logger } from 'pino';
import { type TaskContext, tensorEnvironment } from './job-context.ts';
import type { Device } from '../machine/device.ts';

/**
 * Measures when the first trial asks for it, and keeps the outcome while the worker lives. On a GPU there is float32
 * alone.
 * @param measure in a process with this environment
 */
export function precisionMeasurement(
  measure: (environment: Readonly<Record<string, string>>) => Promise<Precision>,
  device: Device,
  logger: Logger,
): TaskContext['fasterPrecision'] {
  let measured: Promise<Precision> | undefined;
  const start = async (runtime: RuntimeSettings): Promise<Precision> => {
    const precision = await measure(tensorEnvironment({ ...runtime, precision: defaultPrecision }, device));
    logger.info({ precision }, 'runtime.precision: auto is resolved');
    return precision;
  };
  return (runtime) => {
    if (device.type === 'gpu') return Promise.resolve(defaultPrecision);
    measured ??= start(runtime).catch((error: unknown) => {
      measured = undefined;
      throw error;
    });
    return measured;
  };
}
