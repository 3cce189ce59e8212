import { once } from 'node:events';
import { createServer } from 'node:net';
import { Conflict } from '@honyaku/contracts';

/**
 * A port on loopback that nobody listens on.
 * @param wanted 0 takes any
 * @throws Conflict when the wanted one is in use
 */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Conflict(
      `port ${wanted} cannot be used, something else may listen there: choose another with --port, or --port 0 for a free one`,
      { cause },
    );
  }
  const address = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  if (address === null || typeof address === 'string') throw new Conflict('there is no free port');
  return address.port;
}
