/** Which reads make up the load, and how often each is asked for. */
import { paths } from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/cli';
import { type Read } from './messages.ts';

/** Trials of the finished sweep that are looked at. */
const finishedTrials = 200;

/**
 * As people and their pages read: mostly what runs, sometimes a trial's details, now and then a large sweep
 * or a log, which are read from the bucket. Weights are parts of a thousand.
 */
export async function readMix(client: ApiClient, running: string, finished: string): Promise<Read[]> {
  const underWay = (await client.trials(running)).filter(({ epochs }) => epochs.length > 0);
  const ended = (await client.trials(finished)).slice(0, finishedTrials);
  const trials = [...underWay, ...ended].map(({ id }) => id);
  return [
    { name: 'sweeps', weight: 180, paths: [paths.sweeps] },
    { name: 'sweep', weight: 250, paths: [running, finished].map(paths.sweep) },
    { name: 'its trials', weight: 150, paths: [paths.sweepTrials(running)] },
    { name: 'trial', weight: 220, paths: trials.map(paths.trial) },
    { name: 'epochs', weight: 70, paths: trials.map(paths.epochs) },
    { name: 'log', weight: 10, paths: [paths.log(running)] },
    { name: 'healthz', weight: 115, paths: [paths.live] },
    { name: '1,000 trials', weight: 3, paths: [paths.sweepTrials(finished)] },
    { name: 'metrics', weight: 2, paths: [paths.metrics] },
  ];
}
