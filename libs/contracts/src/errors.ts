/**
 * The errors of all packages. API, CLI and workers each map them in one place: to an HTTP status, an exit code, or
 * whether a job is retried. Every error keeps its cause.
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

/** Base class: `kind` is stable and crosses process boundaries, `message` is a sentence for people. */
export abstract class HonyakuError extends Error {
  abstract readonly kind: ErrorKind;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The user's input cannot be used; the message names the field or line and what is allowed. */
export class InvalidInput extends HonyakuError {
  readonly kind = 'InvalidInput';
}
/** The requested object does not exist. */
export class NotFound extends HonyakuError {
  readonly kind = 'NotFound';
}
/** The request does not fit the current state: the object exists already, or has changed. */
export class Conflict extends HonyakuError {
  readonly kind = 'Conflict';
}
/** A required service (Redis, the object store, the API) does not answer, or is busy; a later retry may help. */
export class Unavailable extends HonyakuError {
  readonly kind = 'Unavailable';
}
/** The child process that did the work crashed or was killed; the work itself may be the cause. */
export class ChildLost extends Unavailable {}
/**
 * A later version wrote the data in a way that this version must not misread; a process of that version can continue.
 */
export class NewerVersion extends Unavailable {}
/** Stored data is missing, truncated, malformed or does not match its checksum. */
export class Corrupt extends HonyakuError {
  readonly kind = 'Corrupt';
}
/** The work does not fit in memory, so a retry does not help. */
export class OutOfMemory extends HonyakuError {
  readonly kind = 'OutOfMemory';
}
/** The work was cancelled. */
export class Cancelled extends HonyakuError {
  readonly kind = 'Cancelled';
}
/** A state that should be impossible. */
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

/** Rebuilds an error on the other side of a process boundary. */
export function errorOfKind(kind: ErrorKind, message: string): HonyakuError {
  return new classes[kind](message);
}

/** The kind of any thrown value; anything but a `HonyakuError` counts as a `Bug`. */
export function kindOf(error: unknown): ErrorKind {
  return error instanceof HonyakuError ? error.kind : 'Bug';
}

/** The code of an error of the system, the network or the store, such as `ENOENT`, `ECONNREFUSED` or `NoSuchKey`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file or folder that the user named cannot be read, as a sentence. */
export function unreadable(name: string, cause: unknown): InvalidInput {
  const code = codeOf(cause);
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EISDIR: 'is a folder, but a file is wanted',
    EACCES: 'may not be read by this user',
  };
  const reason = code === undefined ? undefined : reasons[code];
  return new InvalidInput(`${name}: ${reason ?? `cannot be read (${messageOf(cause)})`}`, { cause });
}

/** Why the system refuses to write, by the code of its error. */
export const writeRefusals: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EDQUOT: "this user's quota is used up",
  EFBIG: 'the file is larger than this user or its file system allows',
  ELOOP: 'a symbolic link leads back to itself',
  ENAMETOOLONG: 'the path is too long',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
};

/** Why a file that the user named cannot be written, as a sentence. */
export function unwritable(name: string, cause: unknown): InvalidInput {
  const reasons = {
    ...writeRefusals,
    ENOENT: 'there is no such folder',
    EISDIR: 'there is a folder of that name',
  };
  const reason = new Map(Object.entries(reasons)).get(codeOf(cause) ?? '');
  return new InvalidInput(`${name} cannot be written: ${reason ?? messageOf(cause)}`, { cause });
}
