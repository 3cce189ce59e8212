/**
 * The family of errors that the API, the CLI and the queue each map in one place
 * (HTTP status, exit code, retry or not). Every error keeps its cause.
 */

export const errorKinds = [
  'InvalidInput',
  'NotFound',
  'Conflict',
  'Unavailable',
  'Corrupt',
  'OutOfMemory',
  'Cancelled',
  'Bug',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** Base of the family: `kind` is stable and crosses process boundaries, `message` is a sentence for people. */
export abstract class HonyakuError extends Error {
  abstract readonly kind: ErrorKind;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The user gave something that can't be used; the message names the field or line and what is allowed. */
export class InvalidInput extends HonyakuError {
  readonly kind = 'InvalidInput';
}
/** What was asked for does not exist. */
export class NotFound extends HonyakuError {
  readonly kind = 'NotFound';
}
/** It exists already, or somebody else was first. */
export class Conflict extends HonyakuError {
  readonly kind = 'Conflict';
}
/** A service that is needed (Redis, the object store, the API) does not answer; trying again later may help. */
export class Unavailable extends HonyakuError {
  readonly kind = 'Unavailable';
}
/** A process that did the work ended in the middle of it, of itself or killed: it may be the work's fault. */
export class ChildLost extends Unavailable {}
/**
 * A later version wrote it, and it must not be taken for what this version knows; a process of that version can go on
 * with it.
 */
export class NewerVersion extends Unavailable {}
/** Stored bytes are not what was stored: truncated, of another shape or of another checksum. */
export class Corrupt extends HonyakuError {
  readonly kind = 'Corrupt';
}
/** The work does not fit in memory; at the same size it never will. */
export class OutOfMemory extends HonyakuError {
  readonly kind = 'OutOfMemory';
}
/** The work was stopped on purpose. */
export class Cancelled extends HonyakuError {
  readonly kind = 'Cancelled';
}
/** A state that the code holds impossible. */
export class Bug extends HonyakuError {
  readonly kind = 'Bug';
}

const classes = {
  InvalidInput,
  NotFound,
  Conflict,
  Unavailable,
  Corrupt,
  OutOfMemory,
  Cancelled,
  Bug,
} as const;

/** Rebuilds an error of the family on the other side of a process boundary. */
export function errorOfKind(kind: ErrorKind, message: string): HonyakuError {
  return new classes[kind](message);
}

/** The kind of any thrown value; what is not of the family counts as a `Bug`. */
export function kindOf(error: unknown): ErrorKind {
  return error instanceof HonyakuError ? error.kind : 'Bug';
}

/** The code of an error of the system, a connection or a store, such as `ENOENT`, `ECONNREFUSED` or `NoSuchKey`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
