/** Cost of a storm of requests for small requests and for a running sweep. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@honyaku/contracts';
import { LoadProcess } from '../load/load-process.ts';
import { until } from '@honyaku/embedded';
import { type Figure, quantile } from '../simulate/figures.ts';
import { StormResult } from './messages.ts';
import { StormPlatform } from './platform.ts';

const requestsPerSecond = 50;
const epochs = 30;
const size = { trials: 4, concurrency: 4, epochs };
const targets = { pause: 100, health: 50, slower: 10, memory: 15 } as const;
const askMilliseconds = 50;
const sampleMilliseconds = 1_000;
/** Until the last answers are there. */
const patienceSeconds = 120;

export async function stormFigures(folder: string, seconds: number): Promise<Figure[]> {
  const platform = await StormPlatform.start(folder, { workers: 8, secondsAnEpoch: 1 });
  try {
    const target = await platform.submit({ name: 'target', ...size, epochs: 10_000 });
    const quiet = await sweepSeconds(platform);
    await platform.watch.longest();
    const storm = new LoadProcess('../storm/sender.ts', {
      url: platform.url,
      rate: requestsPerSecond,
      seconds,
      targets: { corpus: platform.corpus, sweep: target, untrained: await platform.untrained() },
    });
    const over = new AbortController();
    const health = healthTimes(platform.url, over.signal);
    const memory = memorySamples(platform.pid, over.signal);
    try {
      const disturbed = sweepSeconds(platform);
      const result = await storm.next(StormResult, seconds + patienceSeconds);
      over.abort();
      const pause = await platform.watch.longest();
      return [
        { name: 'requests of the storm', value: result.requests, unit: 'requests', target: null },
        { name: 'largest of them', value: result.largest / 1024, unit: 'KiB', target: null },
        ...Object.entries(result.statuses).map(([status, value]) => ({
          name: `answers ${status}`,
          value,
          unit: 'answers',
          target: status.startsWith('5') && status !== '503' ? 0 : null,
        })),
        { name: 'requests without an answer', value: result.unanswered, unit: 'requests', target: 0 },
        {
          name: "the event loop's longest pause, of its processor",
          value: pause.cpuMilliseconds,
          unit: 'ms',
          target: targets.pause,
        },
        { name: 'the same by the clock', value: pause.milliseconds, unit: 'ms', target: null },
        { name: `${routes.live.path}, p50`, value: quantile(await health, 0.5), unit: 'ms', target: null },
        {
          name: `${routes.live.path}, p99`,
          value: quantile(await health, 0.99),
          unit: 'ms',
          target: targets.health,
        },
        { name: 'the sweep undisturbed', value: quiet, unit: 's', target: null },
        {
          name: 'the sweep beside the storm takes longer by',
          value: 100 * ((await disturbed) / quiet - 1),
          unit: '%',
          target: targets.slower,
        },
        {
          name: 'memory grown from the second third to the last',
          value: growth(await memory),
          unit: '%',
          target: targets.memory,
        },
      ];
    } finally {
      over.abort();
      storm.stop();
    }
  } finally {
    await platform.stop();
  }
}

/** From a sweep's first epoch to its end. */
async function sweepSeconds(platform: StormPlatform): Promise<number> {
  const id = await platform.submit({ name: 'measured', ...size });
  const begun = await platform.workers.first(id);
  await until({ what: `end of ${id}`, seconds: patienceSeconds + 10 * epochs }, async () =>
    (await platform.client.call(routes.sweep, { id })).endedAt === undefined ? undefined : true,
  );
  return (Date.now() - begun) / 1000;
}

async function healthTimes(url: string, over: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!over.aborted) {
    const started = performance.now();
    await (await fetch(`${url}${routes.live.path}`)).text();
    times.push(performance.now() - started);
    await delay(askMilliseconds);
  }
  return times;
}

/** Resident bytes, once a second. */
async function memorySamples(pid: number, over: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  while (!over.aborted) {
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    samples.push(1024 * Number(kibibytes));
    await delay(sampleMilliseconds);
  }
  return samples;
}

/** In percent. */
function growth(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3);
  const [second, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  return 100 * (quantile(last, 0.5) / quantile(second, 0.5) - 1);
}
