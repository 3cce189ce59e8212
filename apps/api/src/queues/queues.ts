/** The queues as their producer sees them; ids and options come from the jobs' declarations. */
import {
  type JobFailure,
  type JobToAdd,
  type PutBack,
  type QueueName,
  type WebhookMessage,
  advanceJob,
  evaluateJob,
  jobFailureOf,
  jobToAdd,
  messageOf,
  putBacksIn,
  queueNames,
  trainEpochJob,
  webhookJob,
} from '@honyaku/contracts';
import { type EpochFlow } from '@honyaku/sweep-engine';
import { tracedQueue } from '@honyaku/telemetry';
import { type FlowJob, FlowProducer, type Job, Queue } from 'bullmq';
import { type ChainableCommander, type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { z } from 'zod';
import { isOfRedis, producerConnection } from '../redis/connection.ts';
import { type FairShare, type SweepTurns } from './fair-share.ts';

const flowsInACall = 50;

const countedStates = ['wait', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed'] as const;
/** Jobs by queue and state. */
export type QueueCounts = ReadonlyMap<QueueName, Readonly<Record<string, number>>>;

/** Where a job is found. */
export interface JobName {
  readonly queue: QueueName;
  readonly id: string;
}

export interface PutBacksOfJob {
  readonly jobId: string;
  readonly times: number;
  readonly first: PutBack;
  readonly last: PutBack;
}

const Lines = z.array(z.string());

/** BullMQ keeps so many jobs of one millisecond in order. */
const delayedScores = 0x1000;

export class Queues {
  private readonly queues: Record<QueueName, Queue>;
  private readonly flows: FlowProducer;

  constructor(
    redisUrl: string,
    private readonly redis: Redis,
    private readonly shares: FairShare,
    private readonly logger: Logger,
    private readonly prefix: string,
  ) {
    const options = { connection: producerConnection(redisUrl), prefix, ...tracedQueue() };
    const open = (name: QueueName) => new Queue(name, options);
    this.queues = {
      preprocess: open('preprocess'),
      trials: open('trials'),
      control: open('control'),
      webhooks: open('webhooks'),
    };
    this.flows = new FlowProducer(options);
    const onError = (error: Error) => logger.debug({ reason: error.message }, 'queue connection');
    for (const queue of Object.values(this.queues)) queue.on('error', onError);
    this.flows.on('error', onError);
  }

  /** advance ← evaluate ← train-epoch of one sweep's trials: adding the same flow again changes nothing. */
  async addEpochs(epochs: readonly EpochFlow[], priorities: readonly number[]): Promise<void> {
    // Redis does nothing else while it takes a call, so that one of thousands would hold all others up; so would the
    // writing of it here.
    for (let from = 0; from < epochs.length; from += flowsInACall)
      await this.flows.addBulk(
        epochs
          .slice(from, from + flowsInACall)
          .map((flow, index) => epochFlow(flow, priorities[from + index] ?? 1, this.prefix)),
      );
  }

  /** BullMQ's priorities for the flows of one sweep, each of which takes a turn unless it is there already. */
  async priorities(epochs: readonly EpochFlow[], turns: SweepTurns): Promise<readonly number[]> {
    if (epochs.length === 0) return [];
    return this.shares.priorities(
      turns,
      epochs.map((flow) => trainEpochJob.id(flow)),
    );
  }

  /** Those of the flows that are not there: a flow is added whole, so its last job tells. */
  async missing(epochs: readonly EpochFlow[]): Promise<EpochFlow[]> {
    const there = await this.replies(epochs, (pipeline, flow) =>
      pipeline.exists(`${this.prefix}:control:${advanceJob.id(flow)}`),
    );
    return epochs.filter((_, index) => there[index] === 0);
  }

  /** Those of the flows whose last job has failed. */
  async failed(epochs: readonly EpochFlow[]): Promise<EpochFlow[]> {
    const scores = await this.replies(epochs, (pipeline, flow) =>
      pipeline.zscore(`${this.prefix}:control:failed`, advanceJob.id(flow)),
    );
    return epochs.filter((_, index) => scores[index] !== null);
  }

  /** Removes a flow whole or, when a worker holds one of its jobs, not at all: half a flow would go on wrongly. */
  async removeFlow(advanceId: string): Promise<void> {
    const job = await this.job('control', advanceId);
    try {
      await job?.remove({ removeChildren: true });
    } catch (error) {
      if (isOfRedis(error)) throw error;
      this.logger.info({ job: advanceId, reason: messageOf(error) }, 'a running epoch ends by itself');
    }
  }

  /** Lets epochs go on that a pause has put aside in their middle. */
  async promote(epochs: readonly EpochFlow[]): Promise<void> {
    for (const flow of epochs) {
      for (const id of [trainEpochJob.id(flow), evaluateJob.id(flow)]) {
        const job = await this.job('trials', id);
        if (job && (await job.isDelayed())) await job.promote();
      }
    }
  }

  /** Adds one job; the same once more changes nothing. */
  async add({ name, queueName, data, opts }: JobToAdd): Promise<void> {
    await this.queues[queueName].add(name, data, opts);
  }

  job(queue: QueueName, id: string): Promise<Job | undefined> {
    return this.queues[queue].getJob(id);
  }

  /** Why the job has failed; undefined unless it has, and where it is tried anew. */
  async failure(queue: QueueName, id: string): Promise<JobFailure | undefined> {
    const job = await this.job(queue, id);
    if (!job || !(await job.isFailed())) return undefined;
    // Read again, since it may have failed after it was read; without a reason another has taken its place meanwhile.
    const { attemptsMade = 0, failedReason } = (await this.job(queue, id)) ?? {};
    if (failedReason === undefined) return undefined;
    const { logs } = await this.queues[queue].getJobLogs(id);
    return jobFailureOf({ attemptsMade, failedReason, log: logs });
  }

  /** What jobs were put back for since they got on last; those that were not put back are left out. */
  async putBacks(jobs: readonly JobName[]): Promise<readonly PutBacksOfJob[]> {
    const logs = await this.replies(jobs, (pipeline, { queue, id }) =>
      pipeline.lrange(`${this.prefix}:${queue}:${id}:logs`, 0, -1),
    );
    return logs.flatMap((lines, index) => {
      const found = putBacksIn(Lines.parse(lines));
      const [first, last] = [found[0], found.at(-1)];
      return first && last ? [{ jobId: jobs[index]?.id ?? '', times: found.length, first, last }] : [];
    });
  }

  /** Ids of the jobs of trials that are put aside for at least this long, in milliseconds. */
  putAsideFor(milliseconds: number): Promise<string[]> {
    const from = (Date.now() + milliseconds) * delayedScores;
    return this.redis.zrangebyscore(`${this.prefix}:trials:delayed`, from, '+inf');
  }

  /** Adding the same once more changes nothing. */
  async addWebhooks(url: string, messages: readonly WebhookMessage[]): Promise<void> {
    await this.queues.webhooks.addBulk(messages.map((message) => jobToAdd(webhookJob, { url, message })));
  }

  /** Jobs by queue and state. */
  async counts(): Promise<QueueCounts> {
    const counted = await Promise.all(
      queueNames.map(async (name) => [name, await this.queues[name].getJobCounts(...countedStates)] as const),
    );
    return new Map(counted);
  }

  /** Seconds since the job that is next in line was added, by queue; 0 when none waits. */
  async oldestWaiting(): Promise<ReadonlyMap<QueueName, number>> {
    const now = Date.now();
    const ages = await Promise.all(
      queueNames.map(async (name) => {
        const next = await this.queues[name].getJobs(['wait', 'prioritized'], 0, 0, true);
        const added = next.filter((job) => job !== undefined).map(({ timestamp }) => timestamp);
        return [name, Math.max(0, now - Math.min(now, ...added)) / 1000] as const;
      }),
    );
    return new Map(ages);
  }

  async close(): Promise<void> {
    await Promise.all([...Object.values(this.queues), this.flows].map((each) => each.close()));
  }

  private async replies<Item>(
    items: readonly Item[],
    ask: (pipeline: ChainableCommander, item: Item) => ChainableCommander,
  ): Promise<unknown[]> {
    const pipeline = items.reduce(ask, this.redis.pipeline());
    return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
  }
}

function epochFlow(
  { sweepId, trialId, epoch, config, ...origin }: EpochFlow,
  priority: number,
  prefix: string,
): FlowJob {
  const id = { sweepId, trialId, epoch };
  const inItsTurn = ({ opts, ...job }: JobToAdd) => ({ ...job, prefix, opts: { ...opts, priority } });
  return {
    ...jobToAdd(advanceJob, id),
    prefix,
    children: [
      {
        ...inItsTurn(jobToAdd(evaluateJob, { ...id, config })),
        children: [inItsTurn(jobToAdd(trainEpochJob, { ...id, config, ...origin }))],
      },
    ],
  };
}
