/** The HTTP server below Nest: its limits, and requests that are refused before routing, answered like all errors. */
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type ErrorBody, InvalidInput } from '@honyaku/contracts';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { answerTo } from './error-filter.ts';

/** Node's limit on headers, so that the router never refuses a path that Node accepts. */
const maxParamLength = 16 * 1024;

export function httpServer(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    // `requireHost` refuses it instead, with an error body.
    http: { requireHostHeader: false },
    forceCloseConnections: true,
    // During shutdown, requests on open connections are still answered.
    return503OnClosing: false,
    routerOptions: { maxParamLength },
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = answerTo(error);
      void reply.code(status).type('application/json').send(body);
    },
    clientErrorHandler: refuseUnreadable,
  });
  const { server } = adapter.getInstance();
  server.on('checkExpectation', refuseExpectation);
  adapter.getInstance().addHook('onRequest', requireHost);
  return adapter;
}

function requireHost(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const { headers, httpVersion } = request.raw;
  const hosts = request.raw.headersDistinct.host?.length ?? 0;
  // Node keeps the first, and a proxy in front may have decided by the second (RFC 9112, section 3.2).
  if (hosts > 1) done(new InvalidInput(`the header Host is given ${hosts} times`));
  else if (httpVersion === '1.1' && headers.host === undefined)
    done(new InvalidInput('the header Host is missing'));
  else done();
}

function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  const message = `Expect: ${request.headers.expect}; allowed: 100-continue`;
  response.writeHead(417, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error: 'InvalidInput', message } satisfies ErrorBody));
}

/** Answers to requests that Node cannot parse, by its error codes. */
const unreadable: Record<string, readonly [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the request line and headers are larger than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
};

function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = unreadable[error.code ?? ''] ?? [400, 'not an HTTP request'];
  const body = JSON.stringify({ error: 'InvalidInput', message } satisfies ErrorBody);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
