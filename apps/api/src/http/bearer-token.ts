/** Access by one shared token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type ApiEnvironment, type ErrorBody, InvalidInput, paths } from '@honyaku/contracts';
import { type FastifyInstance } from 'fastify';

/** Probes and scrapers have no token. */
const open: readonly string[] = [paths.live, paths.ready, paths.metrics];

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** @throws InvalidInput when anybody who reaches the machine could use the API */
export function refuseOpenDoor(
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
    const path = request.url.split('?', 1)[0] ?? '';
    // Digests have one length, so the comparison takes the same time whatever was given.
    if (open.includes(path) || timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    const body: ErrorBody = { error: 'InvalidInput', message: 'this needs Authorization: Bearer <token>' };
    return reply.code(401).header('www-authenticate', 'Bearer').send(body);
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
