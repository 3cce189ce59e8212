/** Whether Prometheus says of a sweep what the API says. */
import { type ApiClient } from '@honyaku/client';
import { routes } from '@honyaku/contracts';
import { queryNow } from '../query.ts';

/** Differences, in words; none when all agree. Values pass through Prometheus's text, which keeps every digit. */
export async function differences(
  client: ApiClient,
  prometheusUrl: string,
  sweepId: string,
): Promise<string[]> {
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
