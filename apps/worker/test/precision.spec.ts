import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, type Precision, type TrialConfig } from '@honyaku/contracts';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { precisionMeasurement } from '../src/jobs/precision.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import type { WorkerContext } from '../src/jobs/worker-context.ts';
import { config, WorkerPlatform } from './worker-platform.ts';
import { delivery, workerContext } from './worker-context.ts';

const auto: TrialConfig = {
  ...config,
  hyperparameters: { ...config.hyperparameters, batchSize: 8 },
  runtime: { ...config.runtime, kernels: 'native', precision: 'auto' },
};
const payload = (trialId: string, epoch: number) => ({
  sweepId: trialId.slice(0, -5),
  trialId,
  epoch,
  config: auto,
});

describe('a trial that leaves its precision to its worker', () => {
  let platform: WorkerPlatform;
  let folder: string;
  beforeAll(async () => {
    platform = await WorkerPlatform.open();
    folder = await mkdtemp(join(tmpdir(), 'honyaku-precision-'));
    await withWorker('preprocess', {}, (context) => preprocess(context, platform.datasetPayload, delivery()));
  });
  afterAll(async () => {
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function withWorker<Result>(
    name: string,
    settings: Partial<WorkerContext>,
    use: (context: WorkerContext) => Promise<Result>,
  ): Promise<Result> {
    const context = workerContext(platform.objects, join(folder, name), settings);
    try {
      return await use(context);
    } finally {
      await context[Symbol.asyncDispose]();
    }
  }
  const fakeMeasurement = (measured: Precision) => ({ fasterPrecision: () => Promise.resolve(measured) });

  const other = { bfloat16: 'float32', float32: 'bfloat16' } as const;

  it.each(['bfloat16', 'float32'] as const)(
    'trains and is evaluated in %s where that was measured at its first epoch, also on other workers',
    async (measured) => {
      const trialId = `auto-${measured}-0001`;
      const suffix = measured === 'bfloat16' ? / bfloat16$/ : /^native \S+ \S+$/;
      for (const epoch of [1, 2]) {
        const says = epoch === 1 ? measured : other[measured];
        await withWorker(`${measured}-${epoch}`, fakeMeasurement(says), async (context) => {
          await trainEpoch(context, payload(trialId, epoch), delivery());
          await evaluate(context, payload(trialId, epoch), delivery());
        });
        const { config: trained, provenance } = await platform.record(trialId, epoch);
        expect(trained.runtime).toEqual({ ...auto.runtime, precision: measured });
        expect(provenance.kernels).toEqual([expect.stringMatching(suffix)]);
        expect((await platform.evaluation(trialId, epoch)).provenance.kernels).toEqual(provenance.kernels);
      }
    },
  );

  it('goes on in the precision of its first steps where its first epoch was stopped', async () => {
    const trialId = 'auto-stopped-0001';
    const controller = new AbortController();
    const stopping = delivery({ signal: controller.signal, report: () => controller.abort() });
    const stopped = withWorker('stopped', fakeMeasurement('bfloat16'), (context) =>
      trainEpoch(context, payload(trialId, 1), stopping),
    );
    await expect(stopped).rejects.toThrow(Cancelled);
    await withWorker('continued', fakeMeasurement('float32'), (context) =>
      trainEpoch(context, payload(trialId, 1), delivery()),
    );
    expect((await platform.record(trialId, 1)).config.runtime.precision).toBe('bfloat16');
  });

  it('can be measured by the process that trains', async () => {
    const measured = await withWorker('measured', {}, ({ trials }) => trials.request('faster-precision', {}));
    expect(['float32', 'bfloat16']).toContain(measured);
  });
});

describe('the measurement of a worker', () => {
  const logger = pino({ level: 'silent' });
  const { runtime } = auto;

  it('is taken once, in float32’s environment, and again only where it failed', async () => {
    const environments: Readonly<Record<string, string>>[] = [];
    const measurement = precisionMeasurement(
      (environment) => {
        environments.push(environment);
        return environments.length === 1
          ? Promise.reject(new Error('lost'))
          : Promise.resolve<Precision>('bfloat16');
      },
      { type: 'cpu' },
      logger,
    );
    await expect(measurement(runtime)).rejects.toThrow('lost');
    expect(await Promise.all([measurement(runtime), measurement(runtime)])).toEqual(['bfloat16', 'bfloat16']);
    expect(environments).toHaveLength(2);
    expect(environments[1]).toMatchObject({ HONYAKU_KERNELS: 'native', HONYAKU_PRECISION: 'float32' });
  });

  it('is not taken on a GPU, whose kernels compute in float32', async () => {
    const gpu = { type: 'gpu', name: 'Tesla T4', driver: '550.54.15', environment: {} } as const;
    const measurement = precisionMeasurement(() => Promise.reject(new Error('it was measured')), gpu, logger);
    expect(await measurement(runtime)).toBe('float32');
  });
});
