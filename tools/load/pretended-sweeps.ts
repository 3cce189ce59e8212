/** Sweeps of many trials that are only pretended, finished and running. */
import { join } from 'node:path';
import { type SweepView, Unavailable, routes } from '@honyaku/contracts';
import { ObjectStore, keys } from '@honyaku/storage';
import { until } from '@honyaku/embedded';
import { type PretendWorkers } from '../simulate/pretend-process.ts';
import { PretendedPlatform } from '../simulate/pretended-platform.ts';

const waitSeconds = 300;
const copiesAtOnce = 16;

export class PretendedSweeps {
  private workers: PretendWorkers | undefined;

  private constructor(readonly platform: PretendedPlatform) {}

  static async start(parent: string): Promise<PretendedSweeps> {
    return new PretendedSweeps(await PretendedPlatform.start(join(parent, 'pretended')));
  }

  /** A sweep that has ended. @returns its id */
  async finished(size: { trials: number; epochs: number; workers: number }): Promise<string> {
    const { trials, epochs, workers } = size;
    this.workers = this.platform.startWorkers({ workers, shortestSeconds: 0.05, longestSeconds: 0.1 });
    const { id } = await this.submit({ name: 'finished', trials, concurrency: workers, epochs });
    const { state, reason } = await this.when(id, ({ endedAt }) => endedAt !== undefined);
    if (state !== 'completed') throw new Unavailable(`${id} is ${state}: ${reason}`);
    this.workers.stop();
    return id;
  }

  /** A sweep all of whose trials run and have a record, and go on running until the end. @returns its id */
  async running(trials: number): Promise<string> {
    this.workers = this.platform.startWorkers({ workers: trials, shortestSeconds: 4, longestSeconds: 8 });
    const { id } = await this.submit({ name: 'running', trials, concurrency: trials, epochs: 1_000 });
    await this.when(id, ({ epochsDone }) => epochsDone >= 2 * trials);
    return id;
  }

  /** Copies all of a sweep to another bucket. */
  async copyTo(store: ObjectStore, sweepId: string): Promise<void> {
    const mine = new ObjectStore(this.platform.bucket);
    const listed: string[] = [];
    for await (const { key } of mine.list(`${keys.sweepFolder(sweepId)}/`)) listed.push(key);
    const copySome = async () => {
      for (let key = listed.pop(); key !== undefined; key = listed.pop())
        await store.put(key, (await mine.getText(key)) ?? '');
    };
    await Promise.all(Array.from({ length: copiesAtOnce }, copySome));
  }

  async stop(): Promise<void> {
    this.workers?.stop();
    await this.platform.stop();
  }

  private submit(settings: object): Promise<SweepView> {
    const learningRate = { type: 'float', low: 0.0001, high: 0.01, log: true };
    return this.platform.submit({ parameters: { learningRate }, ...settings });
  }

  private when(id: string, isSo: (sweep: SweepView) => boolean): Promise<SweepView> {
    return until({ what: `progress of ${id}`, seconds: waitSeconds }, async () => {
      const sweep = await this.platform.client.call(routes.sweep, { id });
      return isSo(sweep) ? sweep : undefined;
    });
  }
}
