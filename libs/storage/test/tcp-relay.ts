import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Passes connections to an address on to a port of 127.0.0.1. */
export async function startRelay(host: string, target: number): Promise<{ port: number; stop: () => void }> {
  const server = createServer((incoming) => {
    const outgoing = connect(target, '127.0.0.1');
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  }).listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, stop: () => void server.close() };
}
