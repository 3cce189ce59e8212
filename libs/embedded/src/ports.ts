import { createServer } from 'node:net';
import { Conflict } from '@honyaku/contracts';
import getPort from 'get-port';

/** @throws Conflict when something listens on the port already */
export function requireFreePort(port: number, purpose: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) =>
      reject(
        new Conflict(`port ${port} for ${purpose} is in use: choose another, or stop what listens there`, {
          cause,
        }),
      ),
    );
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** A free port p for which p + 10000 is free too, where SeaweedFS puts the gRPC side of each of its servers. */
export async function freePortPair(taken: Set<number>): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await getPort({ host: '127.0.0.1', port: 20_000 + Math.floor(Math.random() * 20_000) });
    if (port > 50_000 || taken.has(port) || taken.has(port + 10_000) || taken.has(port - 10_000)) continue;
    const grpc = await getPort({ host: '127.0.0.1', port: port + 10_000 });
    if (grpc !== port + 10_000) continue;
    taken.add(port).add(grpc);
    return port;
  }
  throw new Conflict('no free pair of ports p and p + 10000 between 20000 and 50000');
}
