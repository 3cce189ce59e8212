/** Which reads make up the load, and how often each is asked for. */
import { routes, urlOf } from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { type Read } from './messages.ts';

/** Trials of the finished sweep that are looked at. */
const finishedTrials = 200;

/**
 * As people and their pages read: mostly what runs, sometimes a trial's details, now and then a large sweep
 * or a log, which are read from the bucket. Weights are parts of a thousand.
 */
export async function readMix(client: ApiClient, running: string, finished: string): Promise<Read[]> {
  const underWay = (await client.call(routes.sweepTrials, { id: running })).trials.filter(
    ({ epochs }) => epochs.length > 0,
  );
  const ended = (await client.call(routes.sweepTrials, { id: finished })).trials.slice(0, finishedTrials);
  const trials = [...underWay, ...ended].map(({ id }) => id);
  return [
    { name: 'sweeps', weight: 180, paths: [routes.sweeps.path] },
    { name: 'sweep', weight: 250, paths: [running, finished].map((id) => urlOf(routes.sweep, { id })) },
    { name: 'its trials', weight: 150, paths: [urlOf(routes.sweepTrials, { id: running })] },
    { name: 'trial', weight: 220, paths: trials.map((id) => urlOf(routes.trial, { id })) },
    { name: 'epochs', weight: 70, paths: trials.map((id) => urlOf(routes.epochs, { id })) },
    { name: 'log', weight: 10, paths: [urlOf(routes.log, { id: running })] },
    { name: 'healthz', weight: 115, paths: [routes.live.path] },
    { name: '1,000 trials', weight: 3, paths: [urlOf(routes.sweepTrials, { id: finished })] },
    { name: 'metrics', weight: 2, paths: [routes.metrics.path] },
  ];
}
