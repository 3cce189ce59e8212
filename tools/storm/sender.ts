/** The process that sends the storm; its settings are in HONYAKU_LOAD. */
import { setTimeout as delay } from 'node:timers/promises';
import { type StormResult, StormSettings } from './messages.ts';
import { type StormRequest, nastyRequests } from './nasty-requests.ts';
import { randomRequests } from './random-requests.ts';

const { url, rate, seconds, targets } = StormSettings.parse(JSON.parse(process.env['HONYAKU_LOAD'] ?? ''));
const answerMilliseconds = 60_000;

const nasty = nastyRequests(targets);
const count = Math.round(rate * seconds);
/** Every other request is one that is known to be costly. */
const random = randomRequests(targets, Math.ceil(count / 2));
const statuses = new Map<string, number>();
let unanswered = 0;
let largest = 0;

async function send({ method, path, type, body }: StormRequest): Promise<void> {
  largest = Math.max(largest, body === undefined ? 0 : Buffer.byteLength(body));
  try {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(answerMilliseconds),
    });
    await answer.arrayBuffer();
    const status = String(answer.status);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  } catch {
    unanswered += 1;
  }
}

const started = performance.now();
const sent: Promise<void>[] = [];
for (let number = 0; number < count; number += 1) {
  await delay(Math.max(0, started + (1000 * number) / rate - performance.now()));
  const request = number % 2 === 0 ? nasty[(number / 2) % nasty.length] : random[(number - 1) / 2];
  if (request) sent.push(send(request));
}
await Promise.all(sent);
const result: StormResult = {
  requests: sent.length,
  largest,
  statuses: Object.fromEntries([...statuses].toSorted()),
  unanswered,
};
process.send?.(result, () => process.exit(0));
