/** Sees the queues' events: which job each worker is at, and when work goes on. */
import { TrainProgress, queuePrefix, sweepIdOfJob } from '@honyaku/contracts';
import { Queue, QueueEvents } from 'bullmq';

export interface Seen {
  readonly what: 'active' | 'progress' | 'completed';
  readonly queue: 'trials' | 'control';
  readonly jobId: string;
  /** The worker that trains, in reports of progress. */
  readonly worker?: string;
}

export class WorkWatch {
  private readonly listeners = new Set<(seen: Seen) => void>();
  /** By worker: the training under way there. */
  private readonly underWay = new Map<string, { readonly jobId: string; readonly step: number }>();

  private constructor(
    private readonly events: readonly QueueEvents[],
    private readonly queues: readonly Queue[],
  ) {}

  static async start(redisUrl: string): Promise<WorkWatch> {
    const connection = { url: redisUrl, maxRetriesPerRequest: null, retryStrategy: () => 100 };
    const queues = ['trials', 'control'] as const;
    const events = queues.map((name) => new QueueEvents(name, { connection, prefix: queuePrefix }));
    const open = queues.map((name) => new Queue(name, { connection, prefix: queuePrefix }));
    for (const queue of open) queue.on('error', () => undefined);
    const watch = new WorkWatch(events, open);
    for (const [index, each] of events.entries()) {
      const queue = queues[index] ?? 'trials';
      each.on('error', () => undefined);
      each.on('active', ({ jobId }) => watch.saw({ what: 'active', queue, jobId }));
      each.on('completed', ({ jobId }) => watch.saw({ what: 'completed', queue, jobId }));
      each.on('progress', ({ jobId, data }) => {
        const { data: progress } = TrainProgress.safeParse(data);
        if (progress) watch.underWay.set(progress.worker, { jobId, step: progress.step });
        watch.saw({ what: 'progress', queue, jobId, ...(progress ? { worker: progress.worker } : {}) });
      });
      await each.waitUntilReady();
    }
    return watch;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.events, ...this.queues].map((each) => each.close()));
  }

  /** The training that a worker has reported progress of and not completed. */
  jobOf(worker: string): string | undefined {
    return this.underWay.get(worker)?.jobId;
  }

  /** Jobs of the sweep that somebody would still do. */
  async jobsLeft(sweepId: string): Promise<string[]> {
    const states = ['wait', 'active', 'delayed', 'prioritized', 'waiting-children'] as const;
    const jobs = await Promise.all(this.queues.map((queue) => queue.getJobs([...states])));
    return jobs.flat().flatMap(({ id }) => (id !== undefined && sweepIdOfJob(id) === sweepId ? [id] : []));
  }

  /** The step of its epoch that it has reported last. */
  stepOf(worker: string): number {
    return this.underWay.get(worker)?.step ?? 0;
  }

  /** Resolves at the first such event from now on; undefined when none comes in time. */
  next(which: (seen: Seen) => boolean, seconds: number): Promise<Seen | undefined> {
    return new Promise((resolve) => {
      const finish = (seen: Seen | undefined) => {
        clearTimeout(late);
        this.listeners.delete(listen);
        resolve(seen);
      };
      const listen = (seen: Seen) => {
        if (which(seen)) finish(seen);
      };
      const late = setTimeout(() => finish(undefined), seconds * 1000);
      this.listeners.add(listen);
    });
  }

  private saw(seen: Seen): void {
    if (seen.what === 'completed')
      for (const [worker, { jobId }] of this.underWay) if (jobId === seen.jobId) this.underWay.delete(worker);
    for (const listen of this.listeners) listen(seen);
  }
}
