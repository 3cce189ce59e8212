import { type TrainProgress } from '@honyaku/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatheredProgress } from './gathered-progress.ts';
import { type SentEvent } from './sent-event.ts';

afterEach(() => vi.useRealTimers());

function progressOf(trialId: string, step: number): TrainProgress {
  const rate = { targetTokensPerSecond: 10, perplexity: 20, elapsedSeconds: 1 };
  return { trialId, epoch: 1, step, steps: 100, worker: 'w', ...rate };
}

/** What was delivered: in each piece, the sweep and its trials' steps. */
function gathered() {
  vi.useFakeTimers();
  const pieces: { sweepId: string | undefined; steps: unknown[] }[] = [];
  const progress = new GatheredProgress((events: readonly SentEvent[]) => {
    const steps = events.map(({ json }) => /"step":(\d+)/.exec(json)?.[1]);
    pieces.push({ sweepId: events[0]?.sweepId, steps });
  });
  return { progress, pieces };
}

describe('GatheredProgress', () => {
  it('delivers the newest report of each trial, those of a sweep in one piece', () => {
    const { progress, pieces } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    progress.add(progressOf('a-111111-0002', 2));
    progress.add(progressOf('b-222222-0001', 3));
    progress.add(progressOf('a-111111-0001', 4));
    expect(pieces).toEqual([]);
    vi.runAllTimers();
    expect(pieces).toEqual([
      { sweepId: 'a-111111', steps: ['4', '2'] },
      { sweepId: 'b-222222', steps: ['3'] },
    ]);
  });

  it('delivers what waits of a sweep at once when asked to, and only once', () => {
    const { progress, pieces } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    progress.flush('b-222222');
    expect(pieces).toEqual([]);
    progress.flush('a-111111');
    vi.runAllTimers();
    expect(pieces).toEqual([{ sweepId: 'a-111111', steps: ['1'] }]);
  });

  it('delivers again what comes later', () => {
    const { progress, pieces } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    vi.runAllTimers();
    progress.add(progressOf('a-111111-0001', 2));
    vi.runAllTimers();
    expect(pieces.map(({ steps }) => steps)).toEqual([['1'], ['2']]);
  });

  it('delivers nothing once it is stopped', () => {
    const { progress, pieces } = gathered();
    progress.add(progressOf('a-111111-0001', 1));
    progress.stop();
    vi.runAllTimers();
    expect(pieces).toEqual([]);
  });
});
