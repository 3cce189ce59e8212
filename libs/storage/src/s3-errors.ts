import { HonyakuError, NotFound, Unavailable } from '@honyaku/contracts';

const absent = new Set(['NoSuchKey', 'NotFound']);
const refused = new Set(['AccessDenied', 'SignatureDoesNotMatch', 'InvalidAccessKeyId', 'Forbidden']);

/** The code of an S3 error answer (`NoSuchKey`) or of a failed connection (`ECONNREFUSED`). */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isAbsent(error: unknown): boolean {
  return error instanceof NotFound || absent.has(codeOf(error) ?? '');
}

/** Trying again can't help: the store answered, and will answer the same. */
export function isFinal(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return (
    error instanceof HonyakuError ||
    absent.has(code) ||
    refused.has(code) ||
    code === 'PreconditionFailed' ||
    code === 'NoSuchBucket'
  );
}

/** The error as one of the family; messages name endpoint and key, never credentials. */
export function asStorageError(error: unknown, what: string, endpoint: string): HonyakuError {
  if (error instanceof HonyakuError) return error;
  const code = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  if (absent.has(code)) return new NotFound(`${what}: there is no such object`, { cause: error });
  if (refused.has(code)) {
    return new Unavailable(`${what}: access denied by ${endpoint} (${code})`, { cause: error });
  }
  return new Unavailable(`${what}: the object store at ${endpoint} does not answer as it should (${code})`, {
    cause: error,
  });
}
