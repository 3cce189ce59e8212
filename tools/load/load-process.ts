/** A process that puts load on the API: its settings, which it has in HONYAKU_LOAD, and what it answers. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Unavailable, fromJson } from '@honyaku/contracts';
import { z } from 'zod';

export class LoadProcess {
  private readonly child: ChildProcess;

  constructor(
    private readonly script: string,
    settings: object,
  ) {
    this.child = fork(fileURLToPath(new URL(script, import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, HONYAKU_LOAD: JSON.stringify(settings) },
    });
  }

  /** Its next message. @throws Unavailable when it ends before, or is silent for so long */
  async next<Schema extends z.ZodType>(schema: Schema, seconds: number): Promise<z.output<Schema>> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(seconds * 1000)]);
    const ended = () => over.abort();
    this.child.once('exit', ended);
    try {
      const [message]: unknown[] = await once(this.child, 'message', { signal });
      return fromJson(schema, JSON.stringify(message), this.script);
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new Unavailable(`${this.script} ended, or was silent for ${seconds} s`, { cause });
    } finally {
      this.child.off('exit', ended);
    }
  }

  ask(): void {
    this.child.send('result');
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

/** One kind of request. */
export const Read = z.strictObject({
  name: z.string(),
  /** How often, compared with the others. */
  weight: z.number().positive(),
  /** One of them each time. */
  paths: z.array(z.string()).min(1),
});
export type Read = z.output<typeof Read>;

export const RequestSettings = z.strictObject({
  url: z.string(),
  /** Requests a second. */
  rate: z.int(),
  /** After a warm-up. */
  seconds: z.number(),
  reads: z.array(Read),
});
export type RequestSettings = z.output<typeof RequestSettings>;

const Times = z.strictObject({
  requests: z.int(),
  /** Milliseconds. */
  p50: z.number(),
  p99: z.number(),
  longest: z.number(),
});

export const RequestResult = z.strictObject({
  /** Answers a second, in the middle. */
  perSecond: z.number(),
  /** Times of requests before all was warm; not in the others. */
  warmUp: Times,
  all: Times,
  /** By the name of the read. */
  reads: z.record(z.string(), Times),
  /** Answers with another status than 2xx. */
  refused: z.int(),
  /** Requests without an answer. */
  errors: z.int(),
});
export type RequestResult = z.output<typeof RequestResult>;

export const StreamSettings = z.strictObject({ url: z.string(), streams: z.int() });
export type StreamSettings = z.output<typeof StreamSettings>;

/** All streams are open and have the present state. */
export const StreamsOpen = z.strictObject({ open: z.int() });

export const StreamResult = z.strictObject({
  /** Streams that are not open any more. */
  closed: z.int(),
  /** Numbered events that came while all streams were open. */
  events: z.int(),
  /** Streams that lack one of these. */
  lacking: z.int(),
  /** The fewest reports of progress that any stream had. */
  progress: z.int(),
});
export type StreamResult = z.output<typeof StreamResult>;
