/** Event streams are let go with their clients, however and whenever these leave. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { routes } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiPlatform } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

const question = `GET ${routes.events.path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

async function connected(): Promise<Socket> {
  const socket = connect(Number(new URL(platform.api.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function openStreams(): Promise<number> {
  const text = await (await platform.request('GET', routes.metrics.path)).text();
  return Number(/^honyaku_event_streams (\d+)$/m.exec(text)?.[1]);
}

it('of clients that leave before the stream begins are let go', async () => {
  const { id } = await platform.submit({ name: 'left' });
  const redis = new Redis(platform.redis.url);
  // The stream begins once Redis has answered, by when its client has left.
  await redis.call('CLIENT', 'PAUSE', '3000');
  const socket = await connected();
  socket.resume().end(question.replace(' HTTP', `?sweep=${id} HTTP`));
  await once(socket, 'close');
  await redis.ping();
  redis.disconnect();
  await expect.poll(openStreams).toBe(0);
});

it('that wait for an earlier one of their connection are let go with it', async () => {
  const socket = await connected();
  socket.write(question.repeat(2));
  await expect.poll(openStreams).toBe(2);
  socket.destroy();
  await expect.poll(openStreams).toBe(0);
});

it('are 1,000 at most; one more is refused until another ends', async () => {
  const sockets = await Promise.all(Array.from({ length: 1_000 }, connected));
  for (const socket of sockets) socket.resume().write(question);
  await expect.poll(openStreams).toBe(1_000);
  expect(await platform.refusal('GET', routes.events.path)).toMatchObject({
    status: 503,
    message: '1000 event streams are open already; try again later',
  });
  for (const socket of sockets) socket.destroy();
  await expect.poll(openStreams).toBe(0);
});
