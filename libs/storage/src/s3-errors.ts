import { HonyakuError, NotFound, Unavailable } from '@honyaku/contracts';

const absent = new Set(['NoSuchKey', 'NotFound']);
const refused = new Set(['AccessDenied', 'SignatureDoesNotMatch', 'InvalidAccessKeyId', 'Forbidden']);
/** Answers of a store that may be another one a moment later. */
const passing = new Set([
  'ConditionalRequestConflict',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
]);
/** Failures of this machine's disk. */
const local = new Set(['EACCES', 'EDQUOT', 'EIO', 'EISDIR', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS']);

/** The code of an S3 error answer (`NoSuchKey`) or of a failed connection (`ECONNREFUSED`). */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isAbsent(error: unknown): boolean {
  return error instanceof NotFound || absent.has(codeOf(error) ?? '');
}

/** Trying again can't help: the store answered and will answer the same, or the fault is on this side. */
export function isFinal(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (error instanceof HonyakuError || local.has(code)) return true;
  return error instanceof Error && error.name === 'S3Error' && !passing.has(code) && code !== '';
}

/** The error as one of the family; messages name endpoint and key, never credentials. */
export function asStorageError(error: unknown, what: string, endpoint: string): HonyakuError {
  if (error instanceof HonyakuError) return error;
  const code = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  if (absent.has(code)) return new NotFound(`${what}: there is no such object`, { cause: error });
  if (refused.has(code)) {
    return new Unavailable(`${what}: access denied by ${endpoint} (${code})`, { cause: error });
  }
  if (local.has(code) && error instanceof Error) {
    return new Unavailable(`${what}: the file on this machine can not be used: ${error.message}`, {
      cause: error,
    });
  }
  return new Unavailable(`${what}: the object store at ${endpoint} does not answer as it should (${code})`, {
    cause: error,
  });
}
