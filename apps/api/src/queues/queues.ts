/** The queues as their producer sees them; ids and options come from the jobs' declarations. */
import {
  type JobFailure,
  type JobToAdd,
  type PutBack,
  type QueueName,
  type WebhookMessage,
  jobFailureOf,
  jobToAdd,
  messageOf,
  putBacksIn,
  queueNames,
  webhookJob,
} from '@honyaku/contracts';
import { type Flow } from '@honyaku/sweep-engine';
import { tracedQueue } from '@honyaku/telemetry';
import { FlowProducer, type Job, Queue } from 'bullmq';
import { type ChainableCommander, type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { z } from 'zod';
import { isOfRedis, producerConnection } from '../redis/connection.ts';
import { type FairShare, type SweepTurns } from './fair-share.ts';
import { type FlowName, type JobName, flowToAdd, jobsOfFlow } from './flow-jobs.ts';

const flowsInACall = 50;

const countedStates = ['wait', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed'] as const;
/** Jobs by queue and state. */
export type QueueCounts = ReadonlyMap<QueueName, Readonly<Record<string, number>>>;

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

  /** Adds flows of one sweep; adding the same flow again changes nothing. */
  async addFlows(flows: readonly Flow[], priorities: readonly number[]): Promise<void> {
    // Redis does nothing else while it takes a call, so that one of thousands would hold all others up; so would the
    // writing of it here.
    for (let from = 0; from < flows.length; from += flowsInACall)
      await this.flows.addBulk(
        flows
          .slice(from, from + flowsInACall)
          .map((flow, index) => flowToAdd(flow, priorities[from + index] ?? 1, this.prefix)),
      );
  }

  /** BullMQ's priorities for the flows of one sweep, each of which takes a turn unless it is there already. */
  async priorities(flows: readonly Flow[], turns: SweepTurns): Promise<readonly number[]> {
    if (flows.length === 0) return [];
    return this.shares.priorities(
      turns,
      flows.map((flow) => jobsOfFlow(flow).work[0].id),
    );
  }

  /** Those of the flows that are not there: a flow is added whole, so its last job tells. */
  async missing(flows: readonly Flow[]): Promise<Flow[]> {
    const there = await this.replies(flows, (pipeline, flow) =>
      pipeline.exists(`${this.prefix}:control:${jobsOfFlow(flow).last.id}`),
    );
    return flows.filter((_, index) => there[index] === 0);
  }

  /** Ids of the last jobs of those flows in which they have failed. */
  async failed(flows: readonly Flow[]): Promise<string[]> {
    return (await this.lastIn('failed', flows)).map((flow) => jobsOfFlow(flow).last.id);
  }

  /** Those of the flows whose last job has completed: it is kept for a day, in which adding the flow changes nothing. */
  completed(flows: readonly Flow[]): Promise<Flow[]> {
    return this.lastIn('completed', flows);
  }

  /** Removes a flow whole or, when a worker holds one of its jobs, not at all: half a flow would go on wrongly. */
  async removeFlow(flow: FlowName): Promise<void> {
    const { work, last } = jobsOfFlow(flow);
    const lastJob = await this.job(last.queue, last.id);
    if (lastJob) return this.remove(lastJob);
    // A failed job may be kept for longer than the last one, by which it would be found, and no new flow would run it.
    for (const { queue, id } of work) {
      const job = await this.job(queue, id);
      if (job?.finishedOn !== undefined) await this.remove(job);
    }
  }

  /** Lets jobs go on that a pause has put aside in their middle. */
  async promote(flows: readonly Flow[]): Promise<void> {
    for (const { queue, id } of flows.flatMap((flow) => jobsOfFlow(flow).work)) {
      const job = await this.job(queue, id);
      if (job && (await job.isDelayed())) await job.promote();
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

  /** Those of the flows whose last job is in this state. */
  private async lastIn(state: 'completed' | 'failed', flows: readonly Flow[]): Promise<Flow[]> {
    const since = await this.replies(flows, (pipeline, flow) =>
      pipeline.zscore(`${this.prefix}:control:${state}`, jobsOfFlow(flow).last.id),
    );
    return flows.filter((_, index) => since[index] !== null);
  }

  /** Removes a job with its children, unless a worker holds one of them. */
  private async remove(job: Job): Promise<void> {
    try {
      await job.remove({ removeChildren: true });
    } catch (error) {
      if (isOfRedis(error)) throw error;
      this.logger.info({ job: job.id, reason: messageOf(error) }, 'a running job ends by itself');
    }
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
