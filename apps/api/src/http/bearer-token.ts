/** Access control by one shared bearer token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type ApiEnvironment, InvalidInput } from '@honyaku/contracts';
import { UnauthorizedException } from '@nestjs/common';
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

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
