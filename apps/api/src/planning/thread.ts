/** The thread's side: runs one task at a time and says what it is at, so that one that takes too long can be named. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { Bug, kindOf, messageOf } from '@honyaku/contracts';
import { type FromThread, type ToThread } from './planning-threads.ts';
import { tasks } from './tasks.ts';

/** Of the scale from -20 to 19, for this thread alone: the event loop comes first where both want a processor. */
const niceness = 10;

const port = parentPort;
if (!port) throw new Bug('this runs in a worker thread');
const say = (message: FromThread) => port.postMessage(message);

try {
  setPriority(niceness);
} catch {
  // A system that does not allow it plans as eagerly as it answers.
}

say({ type: 'ready', thread: nameInProc() });
port.on('message', ({ name, args }: ToThread) => {
  try {
    const task = tasks[name];
    say({ type: 'result', result: task(args, (what) => say({ type: 'doing', what })) });
  } catch (error) {
    const bug = kindOf(error) === 'Bug' && error instanceof Error ? error.stack : undefined;
    say({ type: 'error', kind: kindOf(error), message: bug ?? messageOf(error) });
  }
});

/** `<process>/task/<thread>`. */
function nameInProc(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return undefined;
  }
}
