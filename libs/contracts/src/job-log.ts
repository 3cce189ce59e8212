/** Lines of the log that BullMQ keeps with a job: why it was put back, and of which kind its failures were. */
import { z } from 'zod';
import { errorKinds } from './errors.ts';
import { fromJson, toJson } from './json.ts';

/** Why a job was put back. The log begins anew when the job gets on. */
export const PutBack = z.object({ at: z.iso.datetime(), kind: z.string(), reason: z.string() });
export type PutBack = z.output<typeof PutBack>;

/** A line of a job's log which says that it is put back now. */
export function putBackLine(kind: string, reason: string): string {
  return toJson(PutBack, { at: new Date().toISOString(), kind, reason });
}

/** Those in a job's log, the first first; lines of others are left out. */
export function putBacksIn(lines: readonly string[]): PutBack[] {
  return linesOf(PutBack, lines);
}

/** Why a job failed. */
const JobFailure = z.object({
  /** A kind that only a later version knows counts as a bug. */
  kind: z.enum(errorKinds).catch('Bug'),
  /** One sentence for people. */
  reason: z.string(),
});
export type JobFailure = z.output<typeof JobFailure>;

/** A failed try of a job. */
export const FailedTry = z.object({
  at: z.iso.datetime(),
  /** From 1, as BullMQ counts the tries of a job. */
  failedTry: z.int().min(1),
  failure: JobFailure,
});
export type FailedTry = z.output<typeof FailedTry>;

/** The text that BullMQ keeps of a failure: for people, and for an API of version 0.1.0, which reads the kind in it. */
export function failureText({ kind, reason }: JobFailure): string {
  return `${kind}: ${reason}`;
}

interface Failed {
  /** Tries that it took. */
  readonly attemptsMade: number;
  /** BullMQ's text. */
  readonly failedReason: string;
  readonly log: readonly string[];
}

/**
 * Why a job failed for good, by the log of its last try. BullMQ's text has to do where there is none: version 0.1.0
 * writes no log, and a worker may have lost Redis between the two.
 */
export function jobFailureOf({ attemptsMade, failedReason, log }: Failed): JobFailure {
  const last = linesOf(FailedTry, log).findLast(({ failedTry }) => failedTry === attemptsMade);
  return last?.failure ?? failureOfText(failedReason);
}

function failureOfText(text: string): JobFailure {
  const kind = errorKinds.find((each) => text.startsWith(`${each}: `));
  return kind === undefined ? { kind: 'Bug', reason: text } : { kind, reason: text.slice(kind.length + 2) };
}

function linesOf<Schema extends z.ZodType>(schema: Schema, lines: readonly string[]): z.output<Schema>[] {
  return lines.flatMap((line) => {
    try {
      return [fromJson(schema, line, 'a line of a log')];
    } catch {
      return [];
    }
  });
}
