import { messageOf, Unavailable } from '@honyaku/contracts';
import fastify, { type FastifyInstance } from 'fastify';
import type { WorkerMetrics } from './metrics.ts';

/**
 * Serves a worker's health, readiness and metrics.
 * @param ready throws the reason when the worker cannot take jobs
 * @throws Unavailable when the port is in use
 */
export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number },
  metrics: WorkerMetrics,
  ready: () => Promise<void>,
): Promise<FastifyInstance> {
  const server = fastify();
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    try {
      await ready();
      return { status: 'ok' };
    } catch (error) {
      return reply.code(503).send({ status: error instanceof Error ? error.message : 'unavailable' });
    }
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.text()),
  );
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw new Unavailable(
      `the worker cannot listen on HONYAKU_HOST ${host}, HONYAKU_WORKER_PORT ${port} (0 takes a free port): ${messageOf(cause)}`,
      { cause },
    );
  }
  return server;
}
