import { type TrainProgress } from '@honyaku/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatheredProgress } from './gathered-progress.ts';
import { type SentEvent } from './sent-event.ts';

afterEach(() => vi.useRealTimers());

function progressOf(trialId: string, step: number): TrainProgress {
  const rate = { targetTokensPerSecond: 10, perplexity: 20, elapsedSeconds: 1 };
  return { trialId, epoch: 1, step, steps: 100, worker: 'w', ...rate };
}

/** Each delivery as its sweep and the steps of its trials. */
function gathered() {
  vi.useFakeTimers();
  const deliveries: { sweepId: string | undefined; steps: unknown[] }[] = [];
  const progress = new GatheredProgress((events: readonly SentEvent[]) => {
    const steps = events.map(({ json }) => /"step":(\d+)/.exec(json)?.[1]);
    deliveries.push({ sweepId: events[0]?.sweepId, steps });
  });
  return { progress, deliveries };
}

describe('GatheredProgress', () => {
  it('delivers the newest report of each trial, those of a sweep in one call', () => {
    const { progress, deliveries } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    progress.add(progressOf('a-111111-0002', 2));
    progress.add(progressOf('b-222222-0001', 3));
    progress.add(progressOf('a-111111-0001', 4));
    expect(deliveries).toEqual([]);
    vi.runAllTimers();
    expect(deliveries).toEqual([
      { sweepId: 'a-111111', steps: ['4', '2'] },
      { sweepId: 'b-222222', steps: ['3'] },
    ]);
  });

  it('flushes the waiting reports of a sweep at once, and only once', () => {
    const { progress, deliveries } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    progress.flush('b-222222');
    expect(deliveries).toEqual([]);
    progress.flush('a-111111');
    vi.runAllTimers();
    expect(deliveries).toEqual([{ sweepId: 'a-111111', steps: ['1'] }]);
  });

  it('delivers later reports as well', () => {
    const { progress, deliveries } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    vi.runAllTimers();
    progress.add(progressOf('a-111111-0001', 2));
    vi.runAllTimers();
    expect(deliveries.map(({ steps }) => steps)).toEqual([['1'], ['2']]);
  });

  it('delivers nothing once it is stopped', () => {
    const { progress, deliveries } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    progress.stop();
    vi.runAllTimers();
    expect(deliveries).toEqual([]);
  });
});
