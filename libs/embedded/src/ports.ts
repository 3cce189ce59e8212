import { createServer } from 'node:net';
import { Conflict, Unavailable } from '@honyaku/contracts';
import getPort from 'get-port';

/** Below the ports that Linux gives to outgoing connections, which would take one between look and use. */
const lowest = 20_000;
const highest = 32_000;
const tries = 3;

/** @throws Conflict when the port cannot be had, most often because something listens on it already */
export function requireFreePort(port: number, purpose: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) =>
      reject(
        new Conflict(
          `port ${port} for ${purpose} cannot be used, something else may listen there: choose another, or stop what listens`,
          { cause },
        ),
      ),
    );
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** A port of loopback on which nothing listens at this moment. */
export async function freePort(): Promise<number> {
  const port = lowest + Math.floor(Math.random() * (highest - lowest));
  // get-port never gives the same port twice in a row to one process.
  return getPort({ host: '127.0.0.1', port });
}

/** Starts a server on free loopback ports, and on others when somebody else was quicker to take one of them. */
export async function onFreePorts<Server>(
  count: number,
  start: (ports: readonly number[]) => Promise<Server>,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(count);
    try {
      return await start(ports);
    } catch (error) {
      const taken = error instanceof Unavailable && /already in use|is not available on/i.test(error.message);
      if (!taken || attempt === tries) throw error;
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
