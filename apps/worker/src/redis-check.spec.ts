import { createServer } from 'node:net';
import { once } from 'node:events';
import { Unavailable } from '@honyaku/contracts';
import { expect, it } from 'vitest';
import { RedisCheck } from './redis-check.ts';

it('says at which address Redis does not answer, and keeps its password', async () => {
  const port = await closedPort();
  const redis = new RedisCheck(`redis://:secret@127.0.0.1:${port}`);
  const failure: unknown = await redis.check().catch((error: unknown) => error);
  redis.close();
  expect(failure).toBeInstanceOf(Unavailable);
  expect(String(failure)).toContain(`Redis does not answer at 127.0.0.1:${port}: connect ECONNREFUSED`);
  expect(String(failure)).not.toContain('secret');
});

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
