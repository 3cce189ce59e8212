/**
 * What a job is: its declaration, how BullMQ is given one (`jobToAdd`), and how a delivered one gets to the function
 * that does it (`handlersOf`), across versions.
 */
import { z } from 'zod';
import { Bug, Corrupt, NewerVersion } from './errors.ts';
import { describeIssues, parseTolerantly } from './json.ts';
import { redisNames } from './redis-names.ts';

/** Redis keys of BullMQ start with this unless an installation has a prefix of its own. */
export const queuePrefix = redisNames().queues;

/**
 * How long a worker holds a job without renewing, and how often stalled jobs are looked for, in
 * milliseconds: a killed worker's job goes on elsewhere within their sum.
 */
export const lockTimings = { lockDuration: 8_000, stalledInterval: 3_000 } as const;

const consumer = {
  ...lockTimings,
  /** Seconds: with the default of 5, a job that arrives as another process dies waits that much longer. */
  drainDelay: 1,
  /** Counted over a job's whole life; losing its worker is never the job's fault. */
  maxStalledCount: 1_000_000,
};

export const queueNames = ['preprocess', 'trials', 'control', 'webhooks'] as const;
export type QueueName = (typeof queueNames)[number];

/** BullMQ's options for the processes that serve a queue. */
export const consumerOptions: Record<QueueName, typeof consumer & { readonly concurrency: number }> = {
  preprocess: { ...consumer, concurrency: 1 },
  trials: { ...consumer, concurrency: 1 },
  /** Its jobs mostly wait, and those of one sweep that wait together are decided together. */
  control: { ...consumer, concurrency: 64 },
  /** A queue of its own, so that a receiver that does not answer holds up nothing else. */
  webhooks: { ...consumer, concurrency: 10 },
};

/**
 * The format of payloads up to which this version understands them all. A payload that says more than an earlier format
 * can, and must not be done without it, requires the format that can; keys that may be ignored need no new one.
 *
 * 1. Version 0.1.0, which reads strictly: a payload may hold no key that is not of this format.
 * 2. A kind of network in a trial's settings, and a dataset's languages. Payloads may name the format that they
 *    require, and hold keys that nobody knows.
 */
export const jobFormat = 2;

export interface JobDeclaration<
  Name extends string,
  Payload extends z.ZodObject,
  Result extends z.ZodType,
  Identity,
> {
  readonly name: Name;
  readonly queue: QueueName;
  readonly payload: Payload;
  readonly result: Result;
  /** Deterministic, so that adding the same job again is a no-op. */
  readonly id: (identity: Identity) => string;
  /** The format that a worker must know to do the job; the first where it is left out. */
  readonly requires?: (payload: z.output<Payload>) => number;
  /** Tries for failures that may be a bug; what is not the job's fault costs no try. */
  readonly attempts: number;
  /** Wait before another try, in milliseconds; none where it is left out. */
  readonly backoff?: { readonly type: 'fixed' | 'exponential'; readonly delay: number };
  /** `kept` for a day, so that adding it again stays a no-op, or `removed`, so that it can be asked for again. */
  readonly finished: 'kept' | 'removed';
  /** What its failure does to the job of its flow that waits for it; left out for jobs that none waits for. */
  readonly parentOnFailure?: 'fails' | 'continues';
}

interface AnyJob {
  readonly name: string;
  readonly queue: QueueName;
}

const declared: AnyJob[] = [];

/** Ties a job's parts together, and enters it into the list of its queue. */
export function declareJob<
  Name extends string,
  Payload extends z.ZodObject,
  Result extends z.ZodType,
  Identity,
>(
  declaration: JobDeclaration<Name, Payload, Result, Identity>,
): JobDeclaration<Name, Payload, Result, Identity> {
  const { queue, name } = declaration;
  if (jobsOf(queue).some((each) => each.name === name))
    throw new Bug(`the queue ${queue} has two jobs named ${name}`);
  declared.push(declaration);
  return declaration;
}

/** The jobs that are declared for a queue. */
export function jobsOf(queue: QueueName): readonly AnyJob[] {
  return declared.filter((each) => each.queue === queue);
}

/** Finished jobs are kept for this long, in seconds, so that adding one again stays a no-op. */
export const keepFinishedJobsSeconds = 24 * 3600;

/** Lines of a job's log: those of several hours in which it is put back again and again. */
const keepLogs = 1_000;

/** A job as BullMQ's queues and flows take it. */
export interface JobToAdd {
  readonly name: string;
  readonly queueName: QueueName;
  readonly data: object;
  readonly opts: {
    readonly jobId: string;
    readonly attempts: number;
    readonly backoff?: { readonly type: 'fixed' | 'exponential'; readonly delay: number };
    readonly removeOnComplete: boolean | { readonly age: number };
    readonly removeOnFail: boolean | { readonly age: number };
    readonly keepLogs: number;
    readonly failParentOnFailure?: true;
    readonly continueParentOnFailure?: true;
  };
}

/** What a producer adds, by the job's declaration alone; of a priority the producer decides. */
export function jobToAdd<Payload extends z.ZodObject>(
  job: JobDeclaration<string, Payload, z.ZodType, z.output<Payload>>,
  payload: z.output<Payload>,
): JobToAdd {
  const { name, queue, attempts, backoff, finished, parentOnFailure } = job;
  const remove = finished === 'removed' ? true : { age: keepFinishedJobsSeconds };
  const requires = job.requires?.(payload) ?? 1;
  return {
    name,
    queueName: queue,
    // Not named where every version understands the payload: version 0.1.0 refuses the key.
    data: { ...z.encode(job.payload, payload), ...(requires > 1 ? { requires } : {}) },
    opts: {
      jobId: job.id(payload),
      attempts,
      ...(backoff ? { backoff } : {}),
      removeOnComplete: remove,
      removeOnFail: remove,
      keepLogs,
      ...(parentOnFailure === 'fails' ? { failParentOnFailure: true } : {}),
      ...(parentOnFailure === 'continues' ? { continueParentOnFailure: true } : {}),
    },
  };
}

/** The payload should be understood here, and does not fit its schema. */
export class UnreadablePayload extends Corrupt {}

/** A job that only a later version can do is put back for this long, in milliseconds, however often. */
export const leftToNewerMilliseconds = 15_000;

const Required = z.object({ requires: z.int().min(1).default(1) });

/** A declared job with the function that does it. */
export interface JobHandler<Context extends unknown[]> {
  readonly queue: QueueName;
  readonly name: string;
  readonly run: (data: unknown, ...context: Context) => Promise<unknown>;
}

/** Ties a job to the function that does it: payload and result pass through the job's schemas. */
export function handlerOf<Payload extends z.ZodObject, Result extends z.ZodType, Context extends unknown[]>(
  job: Pick<JobDeclaration<string, Payload, Result, never>, 'queue' | 'name' | 'payload' | 'result'>,
  handle: (payload: z.output<Payload>, ...context: Context) => Promise<z.output<Result>>,
): JobHandler<Context> {
  return {
    queue: job.queue,
    name: job.name,
    run: async (data, ...context) => z.encode(job.result, await handle(payloadOf(job, data), ...context)),
  };
}

/**
 * What does the jobs of a queue, by their names.
 * @throws Bug naming the queue and its job that has no handler, or two: a process that lacks one must not start
 */
export function handlersOf<Context extends unknown[]>(
  queue: QueueName,
  handlers: readonly JobHandler<Context>[],
): (name: string, data: unknown, ...context: Context) => Promise<unknown> {
  for (const { name } of jobsOf(queue)) {
    const found = handlers.filter((each) => each.queue === queue && each.name === name).length;
    if (found === 1) continue;
    const fault = found === 0 ? 'has no handler' : `has ${found} handlers`;
    throw new Bug(`the job ${name} of the queue ${queue} ${fault} in this process`);
  }
  return (name, data, ...context) => {
    const handler = handlers.find((each) => each.queue === queue && each.name === name);
    if (!handler)
      throw new NewerVersion(
        `the process that took it knows no job named ${name}; a later version has to do it`,
      );
    return handler.run(data, ...context);
  };
}

/** Keys that this version does not know pass. @throws NewerVersion, UnreadablePayload */
function payloadOf<Payload extends z.ZodObject>(
  job: { readonly name: string; readonly payload: Payload },
  data: unknown,
): z.output<Payload> {
  const required = Required.safeParse(data);
  if (required.success && required.data.requires > jobFormat)
    throw new NewerVersion(
      `it requires job format ${required.data.requires}, and the process that took it knows up to ${jobFormat}; a later version has to do it`,
    );
  const parsed = parseTolerantly(job.payload, data);
  if (required.success && parsed.success) return parsed.data;
  const cause = required.error ?? parsed.error;
  throw new UnreadablePayload(
    `the payload of the job ${job.name} cannot be read: ${cause ? describeIssues(cause) : ''}`,
    { cause },
  );
}
