/** Runs tasks in a planning thread, one at a time, and reports what each is doing, for the error if it takes too long. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { Bug, kindOf, messageOf } from '@honyaku/contracts';
import { type FromThread, type ToThread } from './planning-threads.ts';
import { tasks } from './tasks.ts';

/** On the scale from -20 to 19, for this thread alone: the event loop has priority when both want a processor. */
const niceness = 19;

const port = parentPort;
if (!port) throw new Bug('a planning thread was started outside a worker thread');
const send = (message: FromThread) => port.postMessage(message);

try {
  setPriority(niceness);
} catch {
  // Where the system does not allow it, planning competes with the event loop on equal terms.
}

send({ type: 'ready', thread: nameInProc() });
port.on('message', ({ name, args }: ToThread) => {
  try {
    const task = tasks[name];
    const result = task(args, (activity) => send({ type: 'activity', activity }));
    send({ type: 'result', result });
  } catch (error) {
    const bug = kindOf(error) === 'Bug' && error instanceof Error ? error.stack : undefined;
    send({ type: 'error', kind: kindOf(error), message: bug ?? messageOf(error) });
  }
});

/** `<process>/task/<thread>`; undefined where there is no `/proc`. */
function nameInProc(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return undefined;
  }
}
