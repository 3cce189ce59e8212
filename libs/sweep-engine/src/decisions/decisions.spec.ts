import {
  PrunerSettings,
  SearchSpace,
  type SweepEvent,
  type SweepSpec,
  SweepSpec as SweepSpecSchema,
  TrialView,
  defaultHyperparameters,
  fromJson,
  toJson,
} from '@honyaku/contracts';
import { exampleEpoch, exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { trialSeed } from '../plan/trial-seed.ts';
import { type SweepState, changedTrials, newSweep } from '../state/sweep-state.ts';
import { reportsOf } from '../state/trial-list.ts';
import { recorded, search } from './chooser.ts';
import { decide as decideBy, decideStepwise } from './decisions.ts';
import { neededFlows } from './flows.ts';

const now = '2026-01-01T00:00:00.000Z';
const dataset = 'd'.repeat(64);

function preparing(settings: Partial<SweepSpec> = {}): SweepState {
  const spec = SweepSpecSchema.parse({
    name: 'few',
    corpus: { digest: 'c'.repeat(64) },
    trials: 3,
    concurrency: 2,
    epochs: 2,
    ...settings,
  });
  return newSweep({ id: 'few-0123456789abcdef', spec, samplerTrials: spec.trials, createdAt: now });
}

const ready: SweepEvent = { type: 'dataset-ready', dataset };

/** The state after the event, and the flows of the trials that it changed. */
function decide(before: SweepState, event: SweepEvent) {
  const { state, decisions } = decideBy(before, event, now, search);
  const flows = neededFlows(state, state === before ? state.trials : changedTrials(before, state));
  return { state, flows, decisions };
}

function committed(trial: number, epoch: number, heldOut: number, train = heldOut): SweepEvent {
  const trained = exampleEpoch(epoch, train, { heldOut: exampleHeldOut(heldOut), committedAt: now });
  return { type: 'epoch-committed', trialId: `few-0123456789abcdef-000${trial}`, epoch: trained };
}

const failedEvent = (trial: number, epoch: number) => ({
  type: 'epoch-failed' as const,
  trialId: `few-0123456789abcdef-000${trial}`,
  epoch,
  kind: 'Bug' as const,
  reason: 'out of memory',
});
const failed = (trial: number, epoch: number): SweepEvent => failedEvent(trial, epoch);

function after(state: SweepState, ...events: SweepEvent[]): SweepState {
  return events.reduce((current, event) => decide(current, event).state, state);
}

const states = ({ trials }: SweepState) => trials.map((trial) => trial.state);
const ids = (flows: readonly { trialId: string; epoch: number }[]) =>
  flows.map(({ trialId, epoch }) => `${trialId.slice(-1)}.${epoch}`);

describe('decide', () => {
  const begun = after(preparing(), ready);

  it('starts as many trials as may run at once when the dataset is there', () => {
    const { state, flows } = decide(preparing(), ready);
    expect(states(state)).toEqual(['running', 'running']);
    expect(state.sweep).toMatchObject({
      state: 'running',
      dataset,
      trials: { planned: 3, running: 2, pending: 1 },
    });
    expect(ids(flows)).toEqual(['1.1', '2.1']);
  });

  it('says why a sweep has fewer trials than were asked for when no further draw is allowed', () => {
    const poor = {
      ...search,
      ask: (state: SweepState, index: number) => (index === 0 ? search.ask(state, index) : undefined),
    };
    const events = [ready, committed(1, 1, 9), committed(1, 2, 8)];
    const { sweep } = events.reduce((state, event) => decideBy(state, event, now, poor).state, preparing());
    expect(sweep).toMatchObject({ state: 'completed', trials: { planned: 3, completed: 1 } });
    expect(sweep.reason).toMatch(
      /^no more trials could be started: no combination of the draws for trial 2 of 3 is allowed/,
    );
  });

  it('fails the sweep with the reason when there will be no dataset', () => {
    const { state, flows } = decide(preparing(), { type: 'sweep-failed', reason: 'too small' });
    expect(state.sweep).toMatchObject({
      state: 'failed',
      reason: 'too small',
      endedAt: now,
      trials: { pending: 0 },
    });
    expect(flows).toEqual([]);
  });

  it('fails a sweep that cannot go on, whatever it is at; what ran can be tried again', () => {
    const reason = 'no decision could be made';
    for (const state of [begun, after(begun, { type: 'paused' })]) {
      const { state: over, flows } = decide(state, { type: 'sweep-failed', reason });
      expect(over.sweep).toMatchObject({ state: 'failed', reason, endedAt: now, trials: { failed: 2 } });
      expect(over.trials[0]).toMatchObject({ state: 'failed', reason, retryable: true });
      expect(flows).toEqual([]);
      expect(decide(over, { type: 'sweep-failed', reason: 'again' }).state).toBe(over);
      const again = after(over, { type: 'failed-retried' });
      expect(again.sweep.state).toBe('running');
      expect(states(again)).toEqual(['running', 'running']);
    }
  });

  it('goes on with the next epoch of the trial, and of it alone', () => {
    const { state, flows } = decide(begun, committed(1, 1, 50));
    expect(ids(flows)).toEqual(['1.2']);
    expect(state.sweep.epochsDone).toBe(1);
  });

  it('starts the next pending trial when one has completed', () => {
    const state = after(begun, committed(1, 1, 50));
    const decision = decide(state, committed(1, 2, 40));
    expect(states(decision.state)).toEqual(['completed', 'running', 'running']);
    expect(ids(decision.flows)).toEqual(['3.1']);
  });

  it('completes a trial that has run out of patience, and not one epoch earlier', () => {
    const patient = preparing({ epochs: 9, parameters: { patience: 2 } });
    const worse = after(patient, ready, committed(1, 1, 50), committed(1, 2, 51));
    expect(states(worse)).toEqual(['running', 'running']);
    expect(states(after(worse, committed(1, 3, 50)))).toEqual(['completed', 'running', 'running']);
    expect(states(after(worse, committed(1, 3, 49), committed(1, 4, 49)))).toEqual(['running', 'running']);
  });

  it('changes nothing by the same event again, and names all flows that are needed', () => {
    const once = after(begun, committed(1, 1, 50));
    const twice = decide(once, committed(1, 1, 50));
    expect(twice.state).toBe(once);
    expect(ids(twice.flows)).toEqual(['1.2', '2.1']);
    expect(decide(once, failed(1, 1)).state).toBe(once);
    expect(decide(once, ready).state).toBe(once);
  });

  it('ignores an epoch that is not the next one', () => {
    expect(decide(begun, committed(1, 2, 50)).state).toBe(begun);
  });

  it('keeps the first of the lowest finite held-out perplexities as best', () => {
    const best = (...events: SweepEvent[]) => after(begun, ...events).sweep.best;
    expect(best(committed(1, 1, 50), committed(2, 1, 40))).toMatchObject({
      trialId: 'few-0123456789abcdef-0002',
      epoch: 1,
    });
    expect(best(committed(1, 1, 50), committed(2, 1, 50))).toMatchObject({
      trialId: 'few-0123456789abcdef-0001',
    });
    expect(best(committed(1, 1, 50), committed(1, 2, 60))).toMatchObject({ epoch: 1 });
    expect(best(committed(1, 1, Number.NaN))).toBeUndefined();
    expect(best(committed(1, 1, 16_001))).toBeUndefined();
    expect(best(committed(1, 1, 50, Number.NaN))).toBeUndefined();
    expect(best(committed(1, 1, 50), committed(1, 2, 16_001))).toMatchObject({ epoch: 1 });
  });

  it.each([
    [Number.NaN, 5],
    [5, Infinity],
  ])('fails a trial that diverged (train %d, held-out %d) and keeps its epochs', (train, heldOut) => {
    const state = after(begun, committed(1, 1, heldOut, train));
    expect(state.trials[0]).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^diverged: perplexity is (NaN|Infinity)$/),
    });
    expect(state.trials[0]?.epochs).toHaveLength(1);
    expect(states(state)).toEqual(['failed', 'running', 'running']);
  });

  it('fails a trial whose held-out perplexity is more than twice the vocabulary', () => {
    expect(states(after(begun, committed(1, 1, 16_000)))[0]).toBe('running');
    expect(after(begun, committed(1, 1, 16_001)).trials[0]).toMatchObject({
      state: 'failed',
      reason: 'diverged: held-out perplexity is 16001, more than twice the vocabulary of 8000',
    });
  });

  it('completes the sweep when all trials ended and one of them completed', () => {
    const state = after(begun, failed(1, 1), failed(2, 1), committed(3, 1, 9), committed(3, 2, 8));
    expect(state.sweep).toMatchObject({
      state: 'completed',
      endedAt: now,
      trials: { failed: 2, completed: 1 },
    });
  });

  it('fails the sweep when every trial failed, with the reason of the first', () => {
    const state = after(begun, failed(1, 1), failed(2, 1), failed(3, 1));
    expect(state.sweep).toMatchObject({ state: 'failed', reason: expect.stringContaining('out of memory') });
  });

  it('cancels what runs and what waits, and nothing changes a cancelled sweep', () => {
    const { state, flows } = decide(begun, { type: 'cancelled' });
    expect(states(state)).toEqual(['cancelled', 'cancelled']);
    expect(state.sweep).toMatchObject({
      state: 'cancelled',
      endedAt: now,
      trials: { cancelled: 2, pending: 0 },
    });
    expect(flows).toEqual([]);
    expect(decide(state, committed(1, 1, 50))).toEqual({ state, flows: [], decisions: [] });
  });

  it('never runs more trials than may run at once, whatever the order of events', () => {
    let state = begun;
    for (const event of [failed(2, 1), committed(1, 1, 5), failed(3, 1), failed(3, 1), committed(1, 2, 4)]) {
      state = after(state, event);
      expect(neededFlows(state).length).toBeLessThanOrEqual(2);
    }
    expect(state.sweep.state).toBe('completed');
  });
});

describe('a pruner at work', () => {
  it('is asked with what was known of the other trials, which is not found out anew for each decision', () => {
    const pruner = PrunerSettings.parse({ type: 'asha' });
    const before = after(
      preparing({ pruner, trials: 3, concurrency: 3, epochs: 4 }),
      ready,
      committed(1, 1, 50),
    );
    const next = after(before, committed(2, 1, 60), failed(3, 1));
    expect(next.trials.filter((trial, index) => trial !== before.trials[index])).toHaveLength(2);
    expect(reportsOf(next.trials)[0]).toBe(reportsOf(before.trials)[0]);
  });

  const pruner = PrunerSettings.parse({ type: 'asha', mode: 'promotion' });

  it('by promotion lets the better of two trials train to its end', () => {
    const begun = after(preparing({ trials: 2, epochs: 4, pruner }), ready);
    const paused = after(begun, committed(1, 1, 50), committed(2, 1, 60));
    expect(states(paused)).toEqual(['running', 'paused']);
    const ended = after(paused, committed(1, 2, 40), committed(1, 3, 30), committed(1, 4, 20));
    expect(states(ended)).toEqual(['completed', 'pruned']);
    expect(ended.sweep.state).toBe('completed');
    expect(paused.trials[1]?.reason).toMatch(/waits for its promotion$/);
    expect(ended.trials[1]?.reason).toBe('paused after epoch 1 and was not promoted before the sweep ended');
  });

  it('by promotion says of a paused trial how the sweep ended', () => {
    const begun = after(preparing({ trials: 2, epochs: 4, pruner, budget: { epochs: 3 } }), ready);
    const paused = after(begun, committed(1, 1, 50), committed(2, 1, 60));
    expect(after(paused, { type: 'cancelled' }).trials[1]).toMatchObject({
      state: 'cancelled',
      reason: 'paused after epoch 1 when the sweep was cancelled',
    });
    expect(after(paused, committed(1, 2, 40)).trials[1]).toMatchObject({
      state: 'pruned',
      reason:
        'paused after epoch 1 and was not promoted before the sweep ended: the budget of 3 epochs is spent',
    });
  });

  it('by promotion waits for the second of two trials before it lets the first go on', () => {
    const one = after(
      preparing({ trials: 2, epochs: 4, concurrency: 1, pruner }),
      ready,
      committed(1, 1, 50),
    );
    expect(states(one)).toEqual(['paused', 'running']);
  });

  it('by population based training goes on where a range ends at a bound that is excluded', () => {
    const spec = {
      trials: 4,
      concurrency: 4,
      epochs: 9,
      parameters: SearchSpace.parse({ dropout: { type: 'float', low: 0.85, high: 1 } }),
      pruner: PrunerSettings.parse({ type: 'pbt', interval: 1, resampleProbability: 0 }),
    };
    let state = after(preparing(spec), ready);
    for (let epoch = 1; epoch <= 9; epoch += 1)
      for (const trial of [1, 2, 3, 4]) state = after(state, committed(trial, epoch, 10 * trial));
    expect(states(state)).toEqual(Array(4).fill('completed'));
  });
});

describe('requests', () => {
  const begun = after(preparing({ trials: 2 }), ready);

  it('pause and resume a sweep, and an epoch that was under way is recorded', () => {
    const paused = after(begun, { type: 'paused' });
    expect(neededFlows(paused)).toEqual([]);
    const later = after(paused, committed(1, 1, 50));
    expect(later.sweep).toMatchObject({ state: 'paused', epochsDone: 1 });
    const { state, flows } = decide(later, { type: 'resumed' });
    expect(state.sweep.state).toBe('running');
    expect(ids(neededFlows(state))).toEqual(['1.2', '2.1']);
    expect(flows).toEqual([]);
  });

  it('give failed and lost trials another try, and not those that diverged', () => {
    const lost: SweepEvent = { ...failedEvent(1, 1), kind: 'Unavailable' };
    const ended = after(begun, lost, committed(2, 1, Number.NaN));
    expect(states(ended)).toEqual(['lost', 'failed']);
    expect(ended.sweep.state).toBe('failed');
    const retried = decide(ended, { type: 'failed-retried' });
    expect(states(retried.state)).toEqual(['running', 'failed']);
    expect(retried.state.sweep).toMatchObject({ state: 'running', trials: { failed: 1, running: 1 } });
    expect(ids(retried.flows)).toEqual(['1.1']);
    expect(decide(retried.state, { type: 'failed-retried' }).state).toBe(retried.state);
  });

  it('extend an ended sweep by trials and epochs', () => {
    const ended = after(begun, committed(1, 1, 9), committed(1, 2, 8), failed(2, 1));
    expect(ended.sweep.state).toBe('completed');
    const { state, flows } = decide(ended, { type: 'extended', extension: { trials: 3, epochs: 3 } });
    expect(states(state)).toEqual(['running', 'failed', 'running']);
    expect(ids(flows)).toEqual(['1.3', '3.1']);
    expect(state.sweep).toMatchObject({ state: 'running', trials: { planned: 3 } });
    expect(state.sweep.endedAt).toBeUndefined();
  });

  it('start trials of a person before those of the sampler', () => {
    const one = after(preparing({ trials: 2, concurrency: 1 }), ready);
    const settings = { ...defaultHyperparameters, dropout: 0.42 };
    const state = after(
      one,
      { type: 'trials-added', trials: [{ hyperparameters: settings, seed: 7 }] },
      failed(1, 1),
    );
    expect(states(state)).toEqual(['failed', 'running']);
    expect(state.trials[1]?.config).toMatchObject({ seed: 7, hyperparameters: { dropout: 0.42 } });
    expect(state.sweep.trials).toMatchObject({ planned: 3, pending: 1 });
  });
});

describe('a budget', () => {
  it('of epochs ends the sweep when it is spent, at the end of the epochs under way', () => {
    const begun = after(preparing({ trials: 3, budget: { epochs: 1 } }), ready);
    const spent = after(begun, committed(1, 1, 50));
    expect(states(spent)).toEqual(['pruned', 'running']);
    expect(spent.sweep.ending).toBe('the budget of 1 epochs is spent');
    const ended = after(spent, committed(2, 1, 50));
    expect(states(ended)).toEqual(['pruned', 'pruned']);
    expect(ended.sweep).toMatchObject({ state: 'completed', reason: 'the budget of 1 epochs is spent' });
  });

  it('of hours is looked at when time passes', () => {
    const begun = after(preparing({ budget: { hours: 2 } }), ready);
    const at = (hour: number) =>
      decideBy(begun, { type: 'time-passed' }, `2026-01-01T0${hour}:00:00.000Z`, search).state;
    expect(at(1)).toBe(begun);
    expect(at(2).sweep.ending).toBe('the budget of 2 hours is spent');
  });
});

describe('recorded decisions', () => {
  it('take the state to where it was, without asking sampler or pruner', () => {
    const events = [ready, committed(1, 1, 50), failed(2, 1), committed(1, 2, 40), committed(3, 1, 9)];
    let asked = preparing();
    let replayed = preparing();
    for (const event of events) {
      const { state, decisions } = decide(asked, event);
      asked = state;
      replayed = decideBy(replayed, event, now, recorded(decisions)).state;
    }
    expect(replayed).toEqual(asked);
  });
});

describe('trialSeed', () => {
  it('differs by trial and by sweep seed and fits 31 bits', () => {
    const seeds = [1, 2].flatMap((seed) => [1, 2, 3].map((number) => trialSeed(seed, number)));
    expect(new Set(seeds).size).toBe(6);
    for (const seed of seeds) expect(seed).toBeLessThan(2 ** 31);
    expect(trialSeed(1, 1)).toBe(trialSeed(1, 1));
  });
});

describe('a stored trial', () => {
  it('keeps a perplexity of NaN', () => {
    const [trial] = after(preparing(), ready, committed(1, 1, Number.NaN)).trials;
    if (!trial) throw new Error('there is a first trial');
    const text = toJson(TrialView, trial);
    expect(text).toContain('"perplexity":"NaN"');
    expect(fromJson(TrialView, text, 'trial')).toEqual(trial);
  });
});

describe('a thousand trials that begin with one event', () => {
  it('are decided step by step, and come to the same', async () => {
    const range = { type: 'float', low: 0, high: 0.5 } as const;
    const parameters = SearchSpace.parse({ dropout: range, labelSmoothing: range });
    const before = preparing({ sampler: 'tpe', trials: 1_000, concurrency: 1_000, parameters });
    const earlier = Array.from({ length: 300 }, (_, index) => ({
      hyperparameters: { ...defaultHyperparameters, dropout: index / 600, labelSmoothing: index / 600 },
      perplexity: 1 + index,
    }));
    const event: SweepEvent = { type: 'dataset-ready', dataset, earlier };
    let steps = 0;
    const count = async () => {
      steps += 1;
    };
    const stepwise = await decideStepwise(before, event, now, search, count);
    expect(stepwise.decisions).toHaveLength(1_000);
    expect(steps).toBeGreaterThan(1_000);
    const { state, decisions } = decideBy(before, event, now, search);
    expect(stepwise).toEqual({ state, decisions });
    const again = await decideStepwise(before, event, now, recorded(decisions), count);
    expect(again.state).toEqual(state);
  });
});
