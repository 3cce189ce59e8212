/** Maps every error to an HTTP response. */
import {
  type ErrorBody,
  type ErrorKind,
  HonyakuError,
  messageOf,
  openApiPath,
  codeOf,
} from '@honyaku/contracts';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { percentMessage } from './accepted-requests.ts';
import { maxBodyBytes } from './body-parsers.ts';

const statusOfKind: Record<ErrorKind, number> = {
  InvalidInput: 400,
  NotFound: 404,
  Conflict: 409,
  Unavailable: 503,
  Corrupt: 500,
  OutOfMemory: 500,
  Cancelled: 409,
  Bug: 500,
};

/** Messages of ioredis's errors while Redis is unreachable. */
const redisAway = /max retries per request|Command timed out|Connection is closed|ECONNREFUSED|ECONNRESET/;

/** A full, broken or read-only disk, and missing files. */
const diskFaults = new Set([
  'EACCES',
  'EDQUOT',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENFILE',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Sent with every 503, in seconds: most outages and bursts of load are over by then. */
export const retryAfterSeconds = 5;

const internalError = 'internal error; see the log of the API';

interface Answer {
  readonly status: number;
  readonly body: ErrorBody;
}

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (isDisconnection(error, request)) {
      this.logger.info(
        { method: request.method, url: request.url },
        'the client left before its request was complete',
      );
      reply.raw.destroy();
      return;
    }
    const { status, body } = answerTo(error);
    if (status >= 500)
      this.logger.error({ method: request.method, url: request.url, err: error }, 'request failed');
    if (status === 503) void reply.header('retry-after', retryAfterSeconds);
    if (reply.raw.headersSent) reply.raw.destroy();
    else void reply.code(status).type('application/json').send(body);
  }
}

/** Status and body for any thrown value. An unexpected error is answered without its message, which may hold internals. */
export function answerTo(error: unknown): Answer {
  const fault = diskFault(error);
  if (fault !== undefined) {
    const message = `the API cannot use its own disk (${fault}); see its log`;
    return { status: 503, body: { error: 'Unavailable', message } };
  }
  if (error instanceof HonyakuError) {
    const message = error.kind === 'Bug' ? internalError : error.message;
    return { status: statusOfKind[error.kind], body: { error: error.kind, message } };
  }
  if (error instanceof HttpException || isClientError(error)) {
    const status = error instanceof HttpException ? error.getStatus() : error.statusCode;
    const kind: ErrorKind = status === 404 ? 'NotFound' : status >= 500 ? 'Bug' : 'InvalidInput';
    return { status, body: { error: kind, message: refusalMessage(status, error) } };
  }
  if (redisAway.test(messageOf(error))) {
    return { status: 503, body: { error: 'Unavailable', message: 'Redis does not answer; try again later' } };
  }
  return { status: 500, body: { error: 'Bug', message: internalError } };
}

/** Whether the connection broke while the body of the request was read. */
function isDisconnection(error: unknown, { raw }: FastifyRequest): boolean {
  const code = codeOf(error);
  return (
    !raw.complete && raw.socket.destroyed && (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
  );
}

/** The code of a file system error; its message would disclose a path on the server. */
function diskFault(error: unknown): string | undefined {
  if (error instanceof HonyakuError && error.kind !== 'Unavailable') return undefined;
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined);
  return code !== undefined && diskFaults.has(code) ? code : undefined;
}

/** Messages for requests that Nest or Fastify refuses itself; they name what is allowed. */
function refusalMessage(status: number, error: Error): string {
  if (codeOf(error) === 'FST_ERR_BAD_URL') return `path: ${percentMessage}`;
  if (status === 413) return `body: larger than ${maxBodyBytes} bytes`;
  // Nest's own "Cannot GET /path" is the only 404 that is not a `NotFound` of ours.
  if (status === 404) return `${messageOf(error)}: there is no such path; GET ${openApiPath} lists all paths`;
  return messageOf(error);
}

/** Whether Fastify itself refused the request (body too large, unknown content type). */
function isClientError(error: unknown): error is Error & { statusCode: number } {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  );
}
