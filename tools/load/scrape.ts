/** How long Prometheus waits for the API when there are many trials. */
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, routes } from '@honyaku/contracts';
import { apiMetrics } from '@honyaku/telemetry';
import { type Figure, quantile } from '../simulate/figures.ts';

const scrapes = 50;
const pauseMilliseconds = 200;

export async function scrapeFigures(apiUrl: string): Promise<Figure[]> {
  const times: number[] = [];
  let text = '';
  let withoutTrials = 0;
  for (let scrape = 0; scrape < scrapes; scrape += 1) {
    const started = performance.now();
    const answer = await fetch(`${apiUrl}${routes.metrics.path}`);
    text = await answer.text();
    times.push(performance.now() - started);
    if (!answer.ok) throw new Unavailable(`${routes.metrics.path} answered ${answer.status}: ${text}`);
    if (!text.includes(`\n${apiMetrics.trialHeldOutPerplexity.name}{`)) withoutTrials += 1;
    await delay(pauseMilliseconds);
  }
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return [
    { name: 'a scrape, median', value: quantile(times, 0.5), unit: 'ms', target: null },
    { name: 'a scrape, longest', value: quantile(times, 1), unit: 'ms', target: 1_000 },
    { name: 'scrapes without the trials', value: withoutTrials, unit: 'scrapes', target: 0 },
    { name: 'series in a scrape', value: series, unit: 'series', target: null },
    { name: 'size of a scrape', value: text.length / 1_000, unit: 'kB', target: null },
  ];
}
