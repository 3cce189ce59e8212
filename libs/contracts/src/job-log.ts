/** Lines of a job's log in BullMQ: why it was put back, and why it failed. */
import { z } from 'zod';
import { errorKinds } from './errors.ts';
import { fromJson, toJson } from './json.ts';

/** Why a job was put back. The log is cleared when the job makes progress. */
export const PutBack = z.object({ at: z.iso.datetime(), kind: z.string(), reason: z.string() });
export type PutBack = z.output<typeof PutBack>;

/** A line of a job's log which says that it is put back now. */
export function putBackLine(kind: string, reason: string): string {
  return toJson(PutBack, { at: new Date().toISOString(), kind, reason });
}

/** The put-backs in a job's log, oldest first. */
export function putBacksIn(lines: readonly string[]): PutBack[] {
  return parsedLines(PutBack, lines);
}

/** Why a job failed. */
const JobFailure = z.object({
  /** An unknown kind, of a later version, counts as a bug. */
  kind: z.enum(errorKinds).catch('Bug'),
  /** One sentence for people. */
  reason: z.string(),
});
export type JobFailure = z.output<typeof JobFailure>;

/** A failed attempt of a job. */
export const FailedTry = z.object({
  at: z.iso.datetime(),
  /** The number of the attempt, from 1, as BullMQ counts. */
  failedTry: z.int().min(1),
  failure: JobFailure,
});
export type FailedTry = z.output<typeof FailedTry>;

/** The failure's text in BullMQ, for people and for an API of version 0.1.0, which parses the kind from it. */
export function failureText({ kind, reason }: JobFailure): string {
  return `${kind}: ${reason}`;
}

interface FailedJob {
  readonly attemptsMade: number;
  readonly failedReason: string;
  readonly log: readonly string[];
}

/**
 * Why a job failed for good: from the log of its last attempt, else from BullMQ's text, since version 0.1.0 writes no
 * log and a worker may fail to write it.
 */
export function jobFailureOf({ attemptsMade, failedReason, log }: FailedJob): JobFailure {
  const last = parsedLines(FailedTry, log).findLast(({ failedTry }) => failedTry === attemptsMade);
  return last?.failure ?? parseFailureText(failedReason);
}

function parseFailureText(text: string): JobFailure {
  const kind = errorKinds.find((each) => text.startsWith(`${each}: `));
  return kind === undefined ? { kind: 'Bug', reason: text } : { kind, reason: text.slice(kind.length + 2) };
}

function parsedLines<Schema extends z.ZodType>(schema: Schema, lines: readonly string[]): z.output<Schema>[] {
  return lines.flatMap((line) => {
    try {
      return [fromJson(schema, line, 'a line of a log')];
    } catch {
      return [];
    }
  });
}
