/**
 * The API with a watch on its event loop: at SIGUSR2 it appends to HONYAKU_LOOP_WATCH, as a line of JSON, the longest
 * pause since the last time. What the kernel gave the thread stands beside what the clock shows: on a busy machine a
 * thread that is ready may stand still for long without holding anything up itself.
 */
import { appendFileSync, readFileSync } from 'node:fs';

const everyMilliseconds = 5;

/** CPU milliseconds of the first thread, which has the event loop. */
function threadMilliseconds(): number {
  const [ran] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(ran) / 1e6;
}

let turn = { at: performance.now(), ran: threadMilliseconds() };
let longest = { milliseconds: 0, cpuMilliseconds: 0 };

setInterval(() => {
  const now = { at: performance.now(), ran: threadMilliseconds() };
  longest = {
    milliseconds: Math.max(longest.milliseconds, now.at - turn.at),
    cpuMilliseconds: Math.max(longest.cpuMilliseconds, now.ran - turn.ran),
  };
  turn = now;
}, everyMilliseconds).unref();

process.on('SIGUSR2', () => {
  const path = process.env['HONYAKU_LOOP_WATCH'];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(longest)}\n`);
  longest = { milliseconds: 0, cpuMilliseconds: 0 };
});

const api: string = new URL('../../apps/api/src/main.ts', import.meta.url).href;
await import(api);
