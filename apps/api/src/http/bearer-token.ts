/** Access control: by one shared bearer token, or without one by loopback alone. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type ApiEnvironment, InvalidInput } from '@honyaku/contracts';
import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import { type FastifyInstance } from 'fastify';

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** @throws InvalidInput when anybody who reaches the machine could use the API */
export function requireTokenUnlessLoopback(
  environment: Pick<ApiEnvironment, 'HONYAKU_HOST' | 'HONYAKU_API_TOKEN'>,
): void {
  if (environment.HONYAKU_API_TOKEN === undefined && !loopback.test(environment.HONYAKU_HOST)) {
    throw new InvalidInput(
      `HONYAKU_HOST is ${environment.HONYAKU_HOST}, which others can reach: set HONYAKU_API_TOKEN (at least 16 characters), or listen on 127.0.0.1`,
    );
  }
}

/** Refuses requests without the token, before their body is read. */
export function requireToken(fastify: FastifyInstance, token: string): void {
  const expected = digest(`Bearer ${token}`);
  fastify.addHook('onRequest', async (request, reply) => {
    // Digests all have the same length, as a comparison in constant time requires.
    if (
      request.routeOptions.config.route?.isOpen ||
      timingSafeEqual(digest(request.headers.authorization ?? ''), expected)
    )
      return;
    void reply.header('www-authenticate', 'Bearer');
    throw new UnauthorizedException('the header Authorization: Bearer <token> is missing or wrong');
  });
}

/**
 * Refuses what a web page can have a browser on this machine send, before its body is read: requests of another origin,
 * which a browser sends although it hides the answer, and those to a name of the page's own that is made to resolve to
 * loopback (DNS rebinding).
 */
export function requireLoopback(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.route?.isOpen) return;
    const { host, origin } = request.headers;
    if (host !== undefined && !isLoopback(host))
      throw new ForbiddenException(
        `the header Host is not localhost or a loopback address: an API that others reach by name needs HONYAKU_API_TOKEN`,
      );
    if (origin !== undefined && origin !== `http://${host}`)
      throw new ForbiddenException(
        `the header Origin is that of another page: an API that web pages may use needs HONYAKU_API_TOKEN`,
      );
  });
}

function isLoopback(host: string): boolean {
  const url = `http://${host}`;
  return URL.canParse(url) && loopback.test(new URL(url).hostname.replace(/^\[(.*)\]$/, '$1'));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
