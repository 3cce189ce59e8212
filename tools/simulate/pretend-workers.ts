/**
 * Workers that only pretend to train: they take real jobs from the real queues, wait as long as an epoch would
 * take and commit records with a made-up perplexity. A process of its own, whose settings are in HONYAKU_PRETEND.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { lockTimings } from '@honyaku/contracts';
import { FakeTrainer, sha256 } from '@honyaku/local-stack/fake-trainer';
import { ObjectStore } from '@honyaku/storage';
import { type PretendEvent, PretendSettings } from './pretend-process.ts';

const { redisUrl, workers, shortestSeconds, longestSeconds, ...bucket } = PretendSettings.parse(
  JSON.parse(process.env['HONYAKU_PRETEND'] ?? ''),
);
const share = (text: string) => Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32;
const notify = (...event: PretendEvent) => process.send?.(event);

new FakeTrainer(
  new ObjectStore({ ...bucket, region: 'us-east-1' }),
  redisUrl,
  {
    // Falls towards a limit that is the trial's own.
    perplexity: ({ trialId, epoch }) => 20 + 100 * share(trialId) + 50 / epoch,
    beforeCommit: async ({ trialId, epoch }) => {
      notify('began', trialId, Date.now());
      const seconds = shortestSeconds + share(`${trialId}.${epoch}`) * (longestSeconds - shortestSeconds);
      await delay(seconds * 1000);
    },
    afterEvaluation: ({ trialId }) => void notify('ended', trialId, Date.now()),
    sparing: true,
  },
  // What a busy machine renews late is not lost.
  { concurrency: workers, queue: { ...lockTimings, lockDuration: 120_000 } },
);
process.on('disconnect', () => process.exit(0));
