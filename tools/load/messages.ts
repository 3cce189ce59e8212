/** What the measuring program and the processes that load the API say to each other. */
import { z } from 'zod';

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
  /** Of what was asked for before all was warm; not in the others. */
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
