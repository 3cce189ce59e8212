/** Whether the client of a request is still there. */
import { type Socket } from 'node:net';

const signals = new WeakMap<Socket, AbortSignal>();

/**
 * Aborts when the connection closes, at once when it is closed already: 'close' is emitted a single time, perhaps
 * before the handler of a request runs, and never on a response that waits for an earlier one of its connection.
 */
export function disconnectionOf(socket: Socket): AbortSignal {
  const known = signals.get(socket);
  if (known) return known;
  const disconnection = new AbortController();
  if (socket.destroyed) disconnection.abort();
  else socket.once('close', () => disconnection.abort());
  signals.set(socket, disconnection.signal);
  return disconnection.signal;
}
