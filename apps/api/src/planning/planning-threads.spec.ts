import { InvalidInput, SweepSpec, Unavailable, answerSeconds } from '@honyaku/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TextBody } from '../http/body-parsers.ts';
import { PlanningThreads } from './planning-threads.ts';

let threads: PlanningThreads;
afterEach(() => threads.stop());

const digest = 'a'.repeat(64);
const sweep = (settings: object) =>
  new TextBody('JSON', JSON.stringify({ name: 'test', corpus: { digest }, ...settings }));
const large = sweep({
  trialsByHand: Array.from({ length: 1_000 }, () => ({ hyperparameters: {} })),
  parameters: Object.fromEntries(
    ['weightDecay', 'dropout', 'labelSmoothing', 'averageDecay', 'learningRate'].map((name) => [
      name,
      { type: 'choice', values: Array.from({ length: 1_000 }, (_, index) => (index + 1) / 1_001) },
    ]),
  ),
});

describe('planning threads', () => {
  it('parse, check and plan a sweep, and return its text as YAML', async () => {
    threads = new PlanningThreads();
    const { spec, yaml } = await threads.run('sweep', sweep({ trials: 3 }));
    expect(spec).toMatchObject({ name: 'test', trials: 3, sampler: 'random' });
    expect(yaml).toContain('name: test\n');
    const { preview } = await threads.run('preview', {
      body: sweep({ trials: 3, epochs: 2 }),
      earlier: [],
    });
    expect(JSON.parse(preview)).toMatchObject({ trials: 3, epochs: 6 });
  });

  it('refuse a task that takes too long, naming what it was doing, and go on with the next', async () => {
    threads = new PlanningThreads({ threads: 1, limitMilliseconds: 100, wallClockMilliseconds: 100_000 });
    const late = threads.run('sweep', large);
    const next = threads.run('sweep', sweep({}));
    await expect(late).rejects.toThrow(InvalidInput);
    await expect(late).rejects.toThrow(
      /^sweep: (reading \d+ characters of JSON|planning 1 trials of the sampler random over 5 ranges): takes more than 0\.1 s; give it fewer/,
    );
    expect((await next).spec.trials).toBe(1);
  });

  it('ask for a task again that a busy machine leaves no processor for, and never say that it is too large', async () => {
    threads = new PlanningThreads({ threads: 1, limitMilliseconds: 2_000, wallClockMilliseconds: 100 });
    // The thread is loaded once a task is done in this time.
    const isLoaded = () =>
      threads.run('sweep', sweep({})).then(
        () => true,
        () => false,
      );
    await vi.waitUntil(isLoaded, { timeout: 60_000 });
    const late = threads.run('sweep', large);
    await expect(late).rejects.toThrow(Unavailable);
    await expect(late).rejects.toThrow(
      /^sweep: .*: not done after 0\.1 s, of which it had a processor for less than 2 s: the machine is busy; try again later$/,
    );
  });

  it('ask for a task again that waits too long for a thread, except those of stored sweeps', async () => {
    // A thread takes longer to load.
    threads = new PlanningThreads({ threads: 1, wallClockMilliseconds: 100 });
    const late = threads.run('sweep', sweep({}));
    const stored = threads.run('planned', SweepSpec.parse({ name: 'test', corpus: { digest }, trials: 3 }));
    await expect(late).rejects.toThrow(Unavailable);
    await expect(late).rejects.toThrow(
      'the request waited 0.1 s for others to be planned: the machine is busy; try again later',
    );
    expect(await stored).toBe(3);
  });

  it('have refused a task before its client gives up on the answer', async () => {
    vi.useFakeTimers();
    try {
      threads = new PlanningThreads({ threads: 0 });
      const late = threads.run('sweep', sweep({}));
      const refused = expect(late).rejects.toThrow(Unavailable);
      await vi.advanceTimersByTimeAsync(answerSeconds * 1000 * 0.7);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuse a task that takes too much memory, and go on with the next', async () => {
    threads = new PlanningThreads({ threads: 1, limitMegabytes: 40 });
    const text = `[${'[1,2,3],'.repeat(120_000)}1]`;
    await expect(threads.run('sweep', new TextBody('JSON', text))).rejects.toThrow(
      /more than (40 MB|50000 values)/,
    );
    expect((await threads.run('sweep', sweep({}))).spec.name).toBe('test');
  });

  it('queue a bounded number of tasks, and refuse the others at once', async () => {
    threads = new PlanningThreads({ threads: 1, maxWaiting: 2 });
    const runs = [1, 2, 3, 4].map(() => threads.run('sweep', sweep({})));
    const outcomes = await Promise.allSettled(runs);
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toBeInstanceOf(Unavailable);
    expect(outcomes[0]?.status).toBe('fulfilled');
  });

  it('reject all waiting tasks when they stop', async () => {
    threads = new PlanningThreads({ threads: 1 });
    const waiting = threads.run('sweep', sweep({}));
    const stopping = threads.stop();
    await expect(waiting).rejects.toThrow('stopping');
    await stopping;
  });
});
