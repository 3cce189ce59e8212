/**
 * Declarations of jobs, their conversion to BullMQ's form (`jobToAdd`), and the dispatch of deliveries to handlers
 * (`handlersOf`), across versions.
 */
import { z } from 'zod';
import { Bug, Corrupt, NewerVersion } from './errors.ts';
import { describeIssues, parseTolerantly } from './json.ts';
import { redisNames } from './redis-names.ts';

/** The default prefix of BullMQ's Redis keys. */
export const queuePrefix = redisNames().queues;

/**
 * How long a job's lock lasts without renewal, and the interval of checks for stalled jobs, in milliseconds: another
 * worker continues a killed worker's job within their sum.
 */
export const lockTimings = { lockDuration: 8_000, stalledInterval: 3_000 } as const;

const consumer = {
  ...lockTimings,
  /** In seconds. With the default of 5, a job that arrives while another process dies waits that much longer. */
  drainDelay: 1,
  /** Practically unlimited: it counts over a job's whole life, and losing a worker is never the job's fault. */
  maxStalledCount: 1_000_000,
};

export const queueNames = ['preprocess', 'trials', 'control', 'webhooks'] as const;
export type QueueName = (typeof queueNames)[number];

/** BullMQ's worker options for each queue. */
export const consumerOptions: Record<QueueName, typeof consumer & { readonly concurrency: number }> = {
  preprocess: { ...consumer, concurrency: 1 },
  trials: { ...consumer, concurrency: 1 },
  /** Jobs mostly wait, and concurrent ones of one sweep are decided together. */
  control: { ...consumer, concurrency: 64 },
  /** A separate queue, so that a receiver that does not answer delays no other jobs. */
  webhooks: { ...consumer, concurrency: 10 },
};

/**
 * The highest format of payloads that this version understands. A payload with content that a worker must not ignore
 * requires the format that introduced it; keys that may be ignored need no new format.
 *
 * 1. Version 0.1.0, which refuses unknown keys.
 * 2. A dataset's languages. Payloads may name the format that they require, and may have unknown keys.
 * 3. The kernels of a trial's runtime.
 * 4. Their precision, which may be left to the worker.
 * 5. Evaluations that translate a sample of the held-out set, and the score of the whole set.
 * 6. A dataset whose split is grouped: epochs are evaluated on its dev set, and the best one at the end on its test set.
 * 7. The Transformer among a trial's networks, word dropout, the deviation of the first embeddings, and a joint
 *    vocabulary.
 * 8. Parameters that training leaves as they are.
 * 9. A dataset of a cleaned corpus.
 * 10. The share of characters that a dataset's tokenizers cover, and languages with a script or a region.
 * 11. The decoding of a sweep: where translations are cut, and the beam search of the score of the whole set.
 * 12. A model that a trial starts from, and whose tokenizers encode a dataset.
 */
export const jobFormat = 12;

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
  /** The format that a worker must understand to do the job; 1 by default. */
  readonly requires?: (payload: z.output<Payload>) => number;
  /** Allowed attempts; only failures that may be bugs cost one. */
  readonly attempts: number;
  /** Delay before the next attempt, in milliseconds; none by default. */
  readonly backoff?: { readonly type: 'fixed' | 'exponential'; readonly delay: number };
  /** `kept` for a day, so that adding it again stays a no-op, or `removed`, so that it can be added again. */
  readonly finished: 'kept' | 'removed';
  /** What its failure does to its parent in the flow; absent for jobs without a parent. */
  readonly parentOnFailure?: 'fails' | 'continues';
}

interface AnyJob {
  readonly name: string;
  readonly queue: QueueName;
}

const declared: AnyJob[] = [];

/** Declares a job in its queue. @throws Bug when the queue already has a job of that name */
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

/** All declared jobs of a queue. */
export function jobsOf(queue: QueueName): readonly AnyJob[] {
  return declared.filter((each) => each.queue === queue);
}

/** How long finished jobs are kept, in seconds, so that adding one again stays a no-op. */
export const keepFinishedJobsSeconds = 24 * 3600;

/** Lines of a job's log: enough for several hours of put-backs. */
const keepLogs = 1_000;

/** A job in the form of BullMQ's queues and flows. */
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

/** Derives BullMQ's job from the declaration; the producer adds a priority, if any. */
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
    // Omitted if every version understands the payload, since version 0.1.0 refuses the key.
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

/** The payload is of a supported format but does not match its schema. */
export class UnreadablePayload extends Corrupt {}

/** How long a job that needs a later version is put back each time, in milliseconds. */
export const leftToNewerMilliseconds = 15_000;

const Required = z.object({ requires: z.int().min(1).default(1) });

/** A declared job with its handler. */
export interface JobHandler<Context extends unknown[]> {
  readonly queue: QueueName;
  readonly name: string;
  readonly run: (data: unknown, ...context: Context) => Promise<unknown>;
}

/** Wraps a handler so that payload and result pass through the job's schemas. */
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
 * Dispatches the jobs of a queue by name.
 * @throws Bug when a job of the queue has no handler or several: such a process must not start
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
        `the process that received it knows no job named ${name}; a later version must do it`,
      );
    return handler.run(data, ...context);
  };
}

/** Ignores unknown keys. @throws NewerVersion, UnreadablePayload */
function payloadOf<Payload extends z.ZodObject>(
  job: { readonly name: string; readonly payload: Payload },
  data: unknown,
): z.output<Payload> {
  const required = Required.safeParse(data);
  if (required.success && required.data.requires > jobFormat)
    throw new NewerVersion(
      `it requires job format ${required.data.requires}, but the process that received it supports at most ${jobFormat}; a later version must do it`,
    );
  const parsed = parseTolerantly(job.payload, data);
  if (required.success && parsed.success) return parsed.data;
  const cause = required.error ?? parsed.error;
  throw new UnreadablePayload(
    `the payload of the job ${job.name} cannot be read: ${cause ? describeIssues(cause) : ''}`,
    { cause },
  );
}
