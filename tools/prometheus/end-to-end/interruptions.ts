/** Programs are killed while they are scraped, and the totals have to be right afterwards. */
import { Unavailable, routes } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type ApiClient } from '@honyaku/client';
import { type Report } from '../../command-line/report.ts';
import { queryNow } from '../query.ts';
import { type ScrapedPlatform } from './platform.ts';

const agreeSeconds = 300;

/** Kills Prometheus, the API and Redis in turn while the sweep runs, and a worker twice, softly and not. */
export async function interrupt(platform: ScrapedPlatform, report: Report): Promise<void> {
  const { prometheus, api, workers } = platform;
  await report.attempt('Prometheus is killed and comes back with what it had', async () => {
    const before = await samples(platform);
    await prometheus.kill();
    await prometheus.start();
    const after = await samples(platform);
    if (after < before) throw new Unavailable(`${after} of ${before} samples are left`);
    return `${before} samples before, ${after} after`;
  });
  await report.attempt('the API is killed and scraped again', async () => {
    await api.kill();
    await api.start();
    return scraped(platform, 'up{job="honyaku-api"}');
  });
  await report.attempt(
    'Redis is killed during a scrape, which tells so and is answered in time',
    async () => {
      const text = fetch(`${api.url}${routes.metrics.path}`).then((answer) => answer.text());
      await Promise.all([text, platform.killRedis()]);
      const without = await (await fetch(`${api.url}${routes.metrics.path}`)).text();
      if (!/^honyaku_redis_up 0$/m.test(without)) throw new Unavailable('honyaku_redis_up is not 0');
      await platform.startRedis();
      return scraped(platform, 'honyaku_redis_up');
    },
  );
  await report.attempt('a worker that is told to stop and one that is killed are seen as such', async () => {
    const [first, second] = workers;
    if (!first || !second) throw new Unavailable('there are not two workers');
    await untilTraining(platform);
    await first.terminate();
    await first.start();
    await untilTraining(platform);
    await second.kill();
    await second.start();
    return 'both came back';
  });
}

/** Once the sweep has ended and was scraped. */
export async function checkAgreement(
  platform: ScrapedPlatform,
  sweepId: string,
  report: Report,
): Promise<void> {
  const agree = async () => {
    const found = await differences(platform.client, platform.prometheus.url, sweepId);
    if (found.length > 0) throw new Unavailable(found.join('; '));
    return '';
  };
  await report.attempt('perplexities and totals read through Prometheus equal the API’s', () =>
    until({ what: 'agreement', seconds: agreeSeconds }, agree),
  );
}

async function samples({ prometheus }: ScrapedPlatform): Promise<number> {
  const [series] = await queryNow(prometheus.url, 'sum(count_over_time(up[1h]))');
  return series?.points.at(-1)?.[1] ?? 0;
}

/** Waits for a sample of 1 that was scraped from now on. */
async function scraped({ prometheus }: ScrapedPlatform, expression: string): Promise<string> {
  const started = Date.now() / 1000;
  const fresh = `${expression} == 1 and timestamp(${expression}) > ${started}`;
  return until({ what: `sample of 1 of ${expression}`, seconds: agreeSeconds }, async () =>
    (await queryNow(prometheus.url, fresh)).length > 0
      ? `seen again after ${(Date.now() / 1000 - started).toFixed(1)} s`
      : undefined,
  );
}

async function untilTraining({ prometheus }: ScrapedPlatform): Promise<void> {
  await until({ what: 'second worker that trains', seconds: agreeSeconds }, async () => {
    const training = await queryNow(prometheus.url, 'honyaku_worker_training and on (instance) up == 1');
    return training.length >= 2 ? training : undefined;
  });
}

/** Differences between what Prometheus and the API say of a sweep, in words; none when all agree. Values pass through Prometheus's text, which keeps every digit. */
async function differences(client: ApiClient, prometheusUrl: string, sweepId: string): Promise<string[]> {
  const [{ trials }, sweep] = await Promise.all([
    client.call(routes.sweepTrials, { id: sweepId }),
    client.call(routes.sweep, { id: sweepId }),
  ]);
  const found: string[] = [];
  const compare = async (what: string, expression: string, expected: number) => {
    const [series] = await queryNow(prometheusUrl, expression);
    const seen = series?.points.at(-1)?.[1];
    if (!Object.is(seen, expected)) found.push(`${what}: ${seen} in Prometheus, ${expected} in the API`);
  };
  for (const { id, epochs } of trials) {
    const last = epochs.at(-1);
    if (!last) continue;
    const of = `{sweep="${sweepId}", trial="${id}"}`;
    await compare(`${id} held-out`, `honyaku_trial_held_out_perplexity${of}`, last.heldOut.perplexity);
    await compare(`${id} train`, `honyaku_trial_train_perplexity${of}`, last.train.perplexity);
    await compare(`${id} epochs`, `honyaku_trial_epochs${of}`, epochs.length);
  }
  await compare('epochs', `honyaku_sweep_epochs{sweep="${sweepId}"}`, sweep.epochsDone);
  await compare('worker time', `honyaku_sweep_worker_seconds{sweep="${sweepId}"}`, sweep.workerSeconds);
  for (const state of ['completed', 'pruned', 'failed', 'lost'] as const)
    await compare(
      `${state} trials`,
      `honyaku_sweep_trials{sweep="${sweepId}", state="${state}"}`,
      sweep.trials[state],
    );
  if (sweep.best)
    await compare(
      'best perplexity',
      `honyaku_sweep_best_held_out_perplexity{sweep="${sweepId}"}`,
      sweep.best.heldOut.perplexity,
    );
  return found;
}
