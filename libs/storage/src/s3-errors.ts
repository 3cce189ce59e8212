import { HonyakuError, NotFound, Unavailable, codeOf } from '@honyaku/contracts';

const absent = new Set(['NoSuchKey', 'NotFound']);
/** Why a store refuses, and what helps. */
const refused: Readonly<Record<string, string>> = {
  AccessDenied:
    'the credentials lack a permission: s3:ListBucket and s3:ListBucketMultipartUploads on the bucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects are needed',
  ExpiredToken: 'the credentials have expired: AWS_SESSION_TOKEN is too old',
  Forbidden: 'the credentials lack a permission',
  InvalidAccessKeyId: 'the store does not know AWS_ACCESS_KEY_ID, or wants an AWS_SESSION_TOKEN with it',
  InvalidToken: 'AWS_SESSION_TOKEN does not belong to the other credentials',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  SignatureDoesNotMatch: 'AWS_SECRET_ACCESS_KEY is not the one of AWS_ACCESS_KEY_ID',
};
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
/** Node's names of what is wrong with a certificate. */
const ofCertificate = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

export function isAbsent(error: unknown): boolean {
  return error instanceof NotFound || absent.has(codeOf(error) ?? '');
}

/** Whether the store has answered, if only to refuse. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'S3Error';
}

/** Trying again can't help: the store answered and will answer the same, or the fault is on this side. */
export function isFinal(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (error instanceof HonyakuError || local.has(code)) return true;
  return isAnswer(error) && !passing.has(code) && code !== '';
}

/** The error as one of the family; messages name endpoint and key, never credentials. */
export function asStorageError(error: unknown, what: string, endpoint: string): HonyakuError {
  if (error instanceof HonyakuError) return error;
  const code = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  if (absent.has(code)) return new NotFound(`${what}: there is no such object`, { cause: error });
  return new Unavailable(`${what}: ${reasonOf(error, code, endpoint)}`, { cause: error });
}

function reasonOf(error: unknown, code: string, endpoint: string): string {
  const help = refused[code];
  if (help !== undefined) return `access denied by ${endpoint} (${code}): ${help}`;
  if (code === 'NoSuchBucket') return `there is no such bucket at ${endpoint}`;
  if (local.has(code) && error instanceof Error) {
    return `the file on this machine cannot be used: ${error.message}`;
  }
  if (ofCertificate.test(code)) {
    return `the certificate of ${endpoint} is not accepted (${code}); NODE_EXTRA_CA_CERTS names a file with the certificate of an authority of your own`;
  }
  return `the object store at ${endpoint} does not answer as it should (${code})`;
}
