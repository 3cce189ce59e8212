/** What a worker does about the device that it trains on, as far as that shows on a machine without a GPU. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  ChildLost,
  DatasetSettings,
  jobToAdd,
  OutOfMemory,
  preprocessJob,
  queuePrefix,
  routes,
  type TrainedRuntime,
} from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Program, connectionsOf } from '@honyaku/local-stack';
import { TensorProcess } from '@honyaku/tensor-process';
import { fakeNvidiaSmi } from '@honyaku/tensor-process/fake-nvidia-smi';
import { type Job, Queue, UnrecoverableError } from 'bullmq';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { trialProtocol } from '../src/child/protocol.ts';
import { type Device, findDevice } from '../src/machine/device.ts';
import { provenanceOf, tensorEnvironment } from '../src/jobs/job-context.ts';
import { usableProcessors } from '../src/machine/usable-processors.ts';
import { startQueueWorker } from '../src/queues/queue-workers.ts';
import { JobLog } from '../src/queues/job-log.ts';
import { applyFailurePolicy, RecentJobs } from '../src/queues/failure-policy.ts';
import { config, WorkerPlatform } from './worker-platform.ts';
import { absentStore, workerContext } from './worker-context.ts';

const gpu: Device = { type: 'gpu', name: 'Tesla T4', driver: '550.54.15', environment: { A: '1' } };
const reason = /this TensorFlow is built for CPUs|cuInit|Could not find cuda drivers/;

let fakes: string;
beforeAll(async () => {
  fakes = await fakeNvidiaSmi('GPU-0b1c2d3e, NVIDIA A100-SXM4-40GB, 550.54.15\n');
});
afterAll(() => rm(fakes, { recursive: true }));
// Hides the GPU of a machine that has one.
beforeEach(() => vi.stubEnv('CUDA_VISIBLE_DEVICES', '-1'));
afterEach(() => vi.unstubAllEnvs());
const pathWithFake = () => `${fakes}${delimiter}${process.env['PATH']}`;

describe('findDevice', () => {
  it('refuses when a GPU is asked for and TensorFlow uses none, with its reason', async () => {
    await expect(findDevice('gpu')).rejects.toThrow(/^HONYAKU_DEVICE is gpu, but TensorFlow uses no GPU: /);
    await expect(findDevice('gpu')).rejects.toThrow(reason);
  });

  it('takes the CPU where there is no driver, without loading TensorFlow', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(await findDevice('auto')).toEqual({ type: 'cpu' });
  });

  it('says which GPU it leaves unused, and why', async () => {
    vi.stubEnv('PATH', pathWithFake());
    expect(await findDevice('auto')).toEqual({
      type: 'cpu',
      unused: {
        name: 'NVIDIA A100-SXM4-40GB',
        driver: '550.54.15',
        reason: expect.stringMatching(reason),
      },
    });
    expect(await findDevice('cpu')).toEqual({ type: 'cpu' });
  });
});

describe('a worker that must train on a GPU where there is none', () => {
  it('ends before it takes a job, and prints the reason', async () => {
    const bucket = {
      endpoint: 'http://127.0.0.1:9',
      bucket: 'absent',
      accessKey: 'key',
      secretKey: 'secret',
    };
    const worker = new Program({
      name: 'without-a-gpu',
      script: 'apps/worker/src/main.ts',
      port: 9,
      logFile: join(fakes, 'worker.log'),
      environment: {
        ...connectionsOf('redis://127.0.0.1:9', bucket),
        HONYAKU_DEVICE: 'gpu',
        HONYAKU_CACHE_DIR: fakes,
      },
    });
    expect(await worker.runToEnd()).toBe(1);
    expect(worker.log()).toMatch(/^HONYAKU_DEVICE is gpu, but TensorFlow uses no GPU: /m);
    expect(worker.log()).toMatch(reason);
  });
});

describe('a worker that leaves a GPU unused', () => {
  it('names it in its metrics, with its driver', async () => {
    const platform = await WorkerPlatform.open();
    try {
      vi.stubEnv('PATH', pathWithFake());
      const worker = await platform.startWorker('beside-a-gpu');
      expect(await (await fetch(`${worker.url}${routes.metrics.path}`)).text()).toMatch(
        /honyaku_build_info\{component="worker",.*device="cpu",gpu="NVIDIA A100-SXM4-40GB",driver="550.54.15"\} 1/,
      );
    } finally {
      await platform.close();
    }
  });
});

describe('training on a CPU', () => {
  it('with native kernels leaves one thread to TensorFlow, whose results depend on their number', () => {
    const threads = (runtime: TrainedRuntime) => {
      const environment = tensorEnvironment(runtime, { type: 'cpu' });
      return ['HONYAKU_KERNELS', 'HONYAKU_THREADS', 'TF_NUM_INTRAOP_THREADS'].map(
        (name) => environment[name],
      );
    };
    const settings = { threads: 256, onednn: true };
    expect(threads({ ...settings, kernels: 'native' })).toEqual(['native', String(usableProcessors()), '1']);
    expect(threads(settings)).toEqual(['tensorflow', '256', '256']);
  });

  it('has its native kernels named in the records, and TensorFlow’s own as version 0.1.0 knew them', () => {
    const context = { ...workerContext(absentStore(), fakes), workerName: 'w', codeVersion: '0' };
    const kernels = ['native 0123456789ab avx2'];
    expect(provenanceOf(context, { tensorflowVersion: '2.21.0', kernels }).kernels).toEqual(kernels);
    expect(Object.keys(provenanceOf(context, { tensorflowVersion: '2.21.0' }))).not.toContain('kernels');
  });
});

describe('training on a GPU', () => {
  it('computes with TensorFlow’s kernels', () => {
    const runtime = { threads: 1, onednn: true, kernels: 'native' as const };
    expect(tensorEnvironment(runtime, { ...gpu, environment: {} })['HONYAKU_KERNELS']).toBe('tensorflow');
  });

  it('asks TensorFlow for the same bytes from every run and for no more memory than it needs', async () => {
    const environment = tensorEnvironment(config.runtime, { ...gpu, environment: {} });
    expect(environment).toMatchObject({ TF_FORCE_GPU_ALLOW_GROWTH: 'true', HONYAKU_DEVICE: 'gpu' });
    expect(environment).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
    expect(tensorEnvironment(config.runtime, { type: 'cpu' })['CUDA_VISIBLE_DEVICES']).toBe('-1');
  });

  it('is named in the records, which training on a CPU leaves unchanged', () => {
    const worker = { workerName: 'w', codeVersion: '0' };
    const store = absentStore();
    const computed = { tensorflowVersion: '2.21.0' };
    const onGpu = provenanceOf({ ...workerContext(store, fakes), ...worker, device: gpu }, computed);
    expect(onGpu.gpu).toEqual({ name: 'Tesla T4', driver: '550.54.15', environment: { A: '1' } });
    const onCpu = provenanceOf({ ...workerContext(store, fakes), ...worker }, computed);
    expect(Object.keys(onCpu)).not.toContain('gpu');
  });

  it('does not go on on the CPU when the GPU is gone', async () => {
    const child = new TensorProcess(trialProtocol, new URL('../src/child/trial-child.ts', import.meta.url));
    const evaluate = child.request(
      'evaluate',
      {
        config,
        vocabularySize: { source: 1, target: 1 },
        shards: [],
        tokenizers: { source: '', target: '' },
        targetLanguage: 'en',
        longestTarget: 513,
        model: { path: '', sha256: 'a'.repeat(64) },
        epoch: 1,
        earlier: [],
        folder: fakes,
      },
      { environment: { HONYAKU_DEVICE: 'gpu', CUDA_VISIBLE_DEVICES: '-1' } },
    );
    await expect(evaluate).rejects.toThrow(ChildLost);
    await child.stop();
  });
});

describe('a job on a GPU', () => {
  let folder: string;
  let redis: EmbeddedRedis;
  let queue: Queue;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-device-'));
    redis = await startRedis({ folder: join(folder, 'redis') });
    queue = new Queue('preprocess', { connection: { url: redis.url }, prefix: queuePrefix });
  });
  afterAll(async () => {
    await queue.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A worker that pretends to have the device, and whose jobs all end with this error, or all well without one. */
  const workerWith = (device: Device, error?: Error, end?: (reason: string) => void) => {
    const store = absentStore(device.type);
    const asked = vi.spyOn(store, 'getText');
    if (error) asked.mockRejectedValue(error);
    else asked.mockResolvedValue('{}');
    const context = workerContext(store, folder, { device, ...(end ? { end } : {}) });
    return { asked, ...startQueueWorker('preprocess', { url: redis.url, prefix: queuePrefix }, context) };
  };
  const add = (corpus: string) => {
    const payload = { corpus: corpus.repeat(64), settings: DatasetSettings.parse({}) };
    const { name, data, opts } = jobToAdd(preprocessJob, payload);
    return queue.add(name, data, opts);
  };
  const noMemory = new OutOfMemory('OOM when allocating tensor with shape[4096,8000] on GPU:0');

  it('that does not fit into its memory is tried elsewhere', async () => {
    const small = workerWith(gpu, noMemory);
    const large = workerWith(gpu);
    await large.worker.pause(true);
    const job = await add('a');
    await vi.waitUntil(() => small.asked.mock.calls.length > 0, { timeout: 240_000 });
    large.worker.resume();
    await vi.waitUntil(() => job.isCompleted(), { timeout: 240_000, interval: 100 });
    expect(large.asked).toHaveBeenCalled();
    await Promise.all([small.close(), large.close()]);
  });

  it('that fits into no memory fails after its tries; on a CPU at once', async () => {
    for (const [device, tries] of [
      [gpu, preprocessJob.attempts],
      [{ type: 'cpu' }, 1],
    ] as const) {
      const worker = workerWith(device, noMemory);
      const job = await add(device.type === 'gpu' ? 'b' : 'c');
      await vi.waitUntil(() => job.isFailed(), { timeout: 240_000, interval: 100 });
      const failed = await queue.getJob(job.id ?? '');
      expect(failed?.failedReason).toMatch(/^OutOfMemory: OOM when allocating/);
      expect(failed?.attemptsMade).toBe(tries);
      await worker.close();
    }
  });

  it('under which the tensor process ends time and again is tried elsewhere, where a GPU is shared', async () => {
    const lost = new ChildLost('the tensor process ended in train-epoch (SIGABRT)');
    const recentFailures = new RecentJobs();
    const log = new JobLog(queue, pino({ level: 'silent' }));
    const afterFive = async (job: Job, sharesMemory: boolean) => {
      vi.spyOn(job, 'moveToDelayed').mockResolvedValue();
      const held = { job, token: undefined, because: undefined, holdsLock: true };
      const failed = { ...held, recentFailures, log, sharesMemory };
      const again = () => applyFailurePolicy(lost, failed);
      for (let time = 1; time < 5; time++) await again();
      return again();
    };
    const [onGpu, onCpu] = [await add('e'), await add('f')];
    expect(await afterFive(onGpu, true)).not.toBeInstanceOf(UnrecoverableError);
    expect(recentFailures.has(onGpu.id ?? '')).toBe(true);
    expect(await afterFive(onCpu, false)).toBeInstanceOf(UnrecoverableError);
    await Promise.all([onGpu.remove(), onCpu.remove()]);
  });

  it('goes back at no cost in tries when the GPU is gone, and the worker ends', async () => {
    const ended = new Promise<string>((resolve) => {
      const worker = workerWith(gpu, new ChildLost('the tensor process ended'), (why) => {
        void worker.close().then(() => resolve(why));
      });
    });
    const job = await add('d');
    expect(await ended).toBe('TensorFlow can no longer use the GPU');
    expect(await job.getState()).toBe('waiting');
    expect(await queue.getJob(job.id ?? '')).toMatchObject({ attemptsMade: 0 });
  });
});

/** Nobody listens on the discard port. */
