/** Refuses requests that do not match their route's declaration, before their body is read. */
import { METHODS } from 'node:http';
import { InvalidInput, bodyTypesOf } from '@honyaku/contracts';
import { MethodNotAllowedException, UnsupportedMediaTypeException } from '@nestjs/common';
import {
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';

/**
 * Answers the methods that a path does not have: OPTIONS with a list of the allowed ones, all others with 405. Call it
 * before routes are added.
 * @returns the function to call once all routes are added
 */
export function refuseOtherMethods(fastify: FastifyInstance): () => void {
  const methods = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ method, url }) => {
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const each of [method].flat()) known.add(each);
  });
  return () => {
    // Node handles CONNECT, a request for a tunnel, before any routing.
    const others = METHODS.filter((method) => method !== 'CONNECT');
    for (const method of others)
      if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method, { hasBody: true });
    for (const [url, known] of [...methods]) {
      const allow = [...known, 'OPTIONS'].toSorted().join(', ');
      const config: FastifyContextConfig = { allow };
      fastify.route({
        method: others.filter((method) => !known.has(method)),
        url,
        config,
        handler: (_request, reply) => reply.code(204).send(),
      });
    }
  };
}

/** For a `%` in a path or a query that `decodeURIComponent` refuses. */
export const percentMessage =
  'each % must begin the code of a byte of UTF-8, such as %C3%A9; a % itself is written %25';

/** Every request is checked before its body is read. */
export function checkRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const { allow, route } = request.routeOptions.config;
    if (allow !== undefined) checkMethod(request, reply, allow);
    if (!route) return;
    // Probes and scrapers may add query parameters of their own.
    if (!route.isOpen) checkQuery(request, Object.keys(route.query ?? {}));
    if (request.method !== 'GET' && request.method !== 'HEAD') checkBody(request, bodyTypesOf(route));
  });
}

function checkMethod({ method, url }: FastifyRequest, reply: FastifyReply, allow: string): void {
  void reply.header('allow', allow);
  if (method !== 'OPTIONS')
    throw new MethodNotAllowedException(`${pathOf(url)} takes no ${method}; allowed: ${allow}`);
}

function checkQuery({ query, url }: FastifyRequest, allowed: readonly string[]): void {
  try {
    // The router's own parser would take a malformed code for the text itself.
    decodeURIComponent(url.slice(pathOf(url).length));
  } catch (cause) {
    throw new InvalidInput(`query: ${percentMessage}`, { cause });
  }
  if (typeof query !== 'object' || query === null) return;
  for (const [name, value] of Object.entries(query)) {
    if (!allowed.includes(name)) {
      const known = allowed.length === 0 ? 'this path takes none' : `allowed: ${allowed.join(', ')}`;
      throw new InvalidInput(`query: there is no parameter ${JSON.stringify(name)}; ${known}`);
    }
    if (Array.isArray(value)) throw new InvalidInput(`query: ${name} is given ${value.length} times`);
  }
}

function checkBody({ method, url, headers }: FastifyRequest, consumes: readonly string[]): void {
  const route = `${method} ${pathOf(url)}`;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const allowed = consumes.join(', ');
  if (!hasBody) {
    if (consumes.length > 0) throw new InvalidInput(`body: ${route} needs one; allowed: ${allowed}`);
    return;
  }
  if (consumes.length === 0) throw new UnsupportedMediaTypeException(`body: ${route} takes none`);
  const type = headers['content-type'];
  if (!consumes.includes(essenceOf(type)))
    throw new UnsupportedMediaTypeException(
      `body: ${type === undefined ? 'without a content-type' : `content-type ${type}`}; allowed: ${allowed}`,
    );
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type ?? '')?.[1] ?? 'utf-8';
  if (!/^(utf-?8|us-ascii)$/i.test(charset))
    throw new UnsupportedMediaTypeException(`body: charset ${charset} is not supported; allowed: utf-8`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new UnsupportedMediaTypeException(
      `body: content-encoding ${encoding} is not supported; send it unencoded`,
    );
}

/** `application/json` of `Application/JSON; charset=utf-8`. */
function essenceOf(type = ''): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
