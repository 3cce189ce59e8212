import {
  DecodingSettings,
  type SweepEvent,
  type SweepLogEntry,
  SweepSpec,
  defaultHyperparameters,
} from '@honyaku/contracts';
import { exampleEpoch, exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { type SweepState, newSweep } from '../state/sweep-state.ts';
import { search } from './chooser.ts';
import { decide } from './decisions.ts';
import { type Flow, neededFlows, openFlows } from './flows.ts';
import { replay } from './log.ts';

const now = '2026-01-01T00:00:00.000Z';
const id = 'few-0123456789abcdef';
const dataset = 'd'.repeat(64);
const ready: SweepEvent = { type: 'dataset-ready', dataset };

/** Evaluations of the sweep translate 20 pairs, as many as the example has. */
function preparing(settings: object = {}): SweepState {
  const spec = SweepSpec.parse({
    ...{ name: 'few', corpus: { digest: 'c'.repeat(64) } },
    ...{ trials: 2, concurrency: 2, epochs: 1, evaluation: { sentences: 20 }, ...settings },
  });
  return newSweep({ id, spec, samplerTrials: spec.trials, createdAt: now });
}

const trialId = (trial: number) => `${id}-000${trial}`;

function committed(trial: number, epoch: number, perplexity: number, sentences = 20): SweepEvent {
  const { translations, ...heldOut } = exampleHeldOut(perplexity);
  const sampled = { ...heldOut, translations: { ...translations, sentences } };
  const trained = exampleEpoch(epoch, perplexity, { heldOut: sampled, committedAt: now });
  return { type: 'epoch-committed', trialId: trialId(trial), epoch: trained };
}

const whole = { ...exampleHeldOut(1).translations, sentences: 4_000 };
const scored = (trial: number, epoch = 1): SweepEvent => ({
  ...{ type: 'epoch-scored', trialId: trialId(trial), epoch },
  ...{ scores: { ...whole, bleu: { ...whole.bleu, score: 23.4 } }, seconds: 60 },
});
const reason = 'the checkpoint does not match its checksum';
const failed = (trial: number): SweepEvent => ({
  ...{ type: 'score-failed', trialId: trialId(trial), epoch: 1, reason },
});

function after(state: SweepState, ...events: SweepEvent[]): SweepState {
  return events.reduce((current, event) => decide(current, event, now, search).state, state);
}

const names = (flows: readonly Flow[]) =>
  flows.map(({ type, trialId: trial, epoch }) => `${type} ${trial.slice(-1)}.${epoch}`);
const states = ({ trials }: SweepState) => trials.map(({ state }) => state);

const begun = after(preparing(), ready);
const scoring = after(begun, committed(1, 1, 50), committed(2, 1, 40));

describe('a sweep whose evaluations translate a sample', () => {
  it('has the number of sentences in its epochs, and other sweeps have none', () => {
    expect(neededFlows(begun)).toMatchObject([{ sentences: 20 }, { sentences: 20 }]);
    const [flow] = neededFlows(after(preparing({ evaluation: undefined }), ready));
    expect(flow).not.toHaveProperty('sentences');
  });

  it('has the decoding of the sweep in all of its flows, and none where the sweep stores none', () => {
    const decoding = DecodingSettings.parse({ beamSize: 6 });
    const decoded = after(preparing({ decoding }), ready);
    expect(neededFlows(decoded)).toMatchObject([{ decoding }, { decoding }]);
    const last = after(decoded, committed(1, 1, 50), committed(2, 1, 40));
    expect(neededFlows(last)).toMatchObject([{ type: 'score', decoding }]);
    for (const flow of [...neededFlows(begun), ...neededFlows(scoring)])
      expect(flow).not.toHaveProperty('decoding');
  });

  it('waits at its end, with all trials ended, for the score of its best epoch', () => {
    expect(states(scoring)).toEqual(['completed', 'completed']);
    expect(scoring.sweep).toMatchObject({
      state: 'running',
      trials: { running: 0, pending: 0, completed: 2 },
      best: { trialId: trialId(2), wholeScore: { state: 'pending' } },
    });
    expect(scoring.sweep.endedAt).toBeUndefined();
    expect(neededFlows(scoring)).toEqual([
      {
        ...{ type: 'score', sweepId: id, trialId: trialId(2), epoch: 1 },
        config: scoring.trials[1]?.config,
      },
    ]);
    expect(after(scoring, { type: 'time-passed' })).toBe(scoring);
  });

  it('ends with the scores of the whole held-out set, which trials are not compared by', () => {
    const ended = after(scoring, scored(2));
    expect(ended.sweep).toMatchObject({
      state: 'completed',
      endedAt: now,
      workerSeconds: scoring.sweep.workerSeconds + 60,
      best: {
        trialId: trialId(2),
        heldOut: { perplexity: 40, translations: { sentences: 4_000, bleu: { score: 23.4 } } },
        wholeScore: { state: 'done' },
      },
    });
    expect(ended.sweep.reason).toBeUndefined();
    expect(ended.trials).toEqual(scoring.trials);
    expect(neededFlows(ended)).toEqual([]);
    for (const event of [scored(2), failed(2)]) expect(after(ended, event)).toBe(ended);
  });

  it('ends completed, with the scores of the sample and the reason, when the whole set cannot be scored', () => {
    for (const event of [failed(2), { type: 'sweep-failed', reason } as const]) {
      const { sweep } = after(scoring, event);
      expect(sweep).toMatchObject({
        state: 'completed',
        reason: `the whole held-out set was not scored: ${reason}`,
        best: { heldOut: { translations: { sentences: 20 } }, wholeScore: { state: 'failed', reason } },
      });
    }
  });

  it('ignores outcomes of other epochs', () => {
    for (const event of [scored(1), failed(1), scored(2, 2)]) expect(after(scoring, event)).toBe(scoring);
    expect(after(begun, scored(1))).toBe(begun);
  });

  it('has nothing to wait for when the sample was the whole set, or there is no best epoch', () => {
    const few = after(begun, committed(1, 1, 50, 12), committed(2, 1, 40, 12));
    expect(few.sweep.state).toBe('completed');
    expect(few.sweep.best?.wholeScore).toBeUndefined();
    const diverged = after(begun, committed(1, 1, NaN), committed(2, 1, NaN));
    expect(diverged.sweep.state).toBe('failed');
    const unsampled = after(preparing({ evaluation: undefined }), ready);
    expect(after(unsampled, committed(1, 1, 50), committed(2, 1, 40)).sweep.state).toBe('completed');
  });

  it('keeps the reason for which it started nothing more', () => {
    const spent = after(preparing({ epochs: 2, budget: { epochs: 1 } }), ready, committed(1, 1, 50));
    const waiting = after(spent, committed(2, 1, 40));
    expect(waiting.sweep.state).toBe('running');
    expect(after(waiting, scored(2)).sweep.reason).toBe('the budget of 1 epochs is spent');
    expect(after(waiting, failed(2)).sweep.reason).toBe(
      `the budget of 1 epochs is spent; the whole held-out set was not scored: ${reason}`,
    );
  });

  it('is not said to end by a budget that its score has spent', () => {
    const sparing = after(preparing({ budget: { workerHours: 0.01 } }), ready);
    const waiting = after(sparing, committed(1, 1, 50), committed(2, 1, 40));
    expect(after(waiting, scored(2)).sweep.reason).toBeUndefined();
  });

  it('can be paused while it waits: it does not end before it is resumed', () => {
    const paused = after(scoring, { type: 'paused' });
    expect(neededFlows(paused)).toEqual([]);
    expect(names(openFlows(paused))).toEqual(['score 2.1']);
    expect(names(neededFlows(after(paused, { type: 'resumed' })))).toEqual(['score 2.1']);
    const done = after(paused, scored(2));
    expect(done.sweep.state).toBe('paused');
    expect(after(done, { type: 'resumed' }).sweep.state).toBe('completed');
  });

  it('waits for nothing any more when it is cancelled', () => {
    const { sweep } = after(scoring, { type: 'cancelled' });
    expect(sweep.state).toBe('cancelled');
    expect(sweep.best).not.toHaveProperty('wholeScore');
  });

  it('is scored again when it was extended and has a better epoch, and else is not', () => {
    const extended = after(scoring, scored(2), { type: 'extended', extension: { trials: 3 } });
    expect(names(neededFlows(extended))).toEqual(['epoch 3.1']);
    expect(after(extended, committed(3, 1, 45)).sweep).toMatchObject({
      state: 'completed',
      best: { trialId: trialId(2), wholeScore: { state: 'done' } },
    });
    const better = after(extended, committed(3, 1, 35));
    expect(better.sweep.state).toBe('running');
    expect(names(neededFlows(better))).toEqual(['score 3.1']);
    expect(after(better, scored(2))).toBe(better);
    expect(after(better, scored(3)).sweep.state).toBe('completed');
  });

  it('records a score that arrives after it was extended, and ends with its trials', () => {
    const extended = after(scoring, { type: 'extended', extension: { trials: 3 } });
    expect(names(neededFlows(extended))).toEqual(['epoch 3.1', 'score 2.1']);
    const recorded = after(extended, scored(2));
    expect(recorded.sweep).toMatchObject({ state: 'running', best: { wholeScore: { state: 'done' } } });
    expect(after(recorded, committed(3, 1, 45)).sweep.state).toBe('completed');
  });

  it.each<SweepEvent>([
    { type: 'failed-retried' },
    { type: 'trials-added', trials: [{ hyperparameters: defaultHyperparameters }] },
    { type: 'extended', extension: { epochs: 1 } },
  ])('tries a failed score again after $type', (event) => {
    const again = after(scoring, failed(2), event);
    expect(again.sweep.state).toBe('running');
    expect(again.sweep.reason).toBeUndefined();
    const ended = event.type === 'trials-added' ? after(again, committed(3, 1, 45)) : again;
    expect(names(neededFlows(ended))).toEqual(['score 2.1']);
    expect(after(ended, scored(2)).sweep.state).toBe('completed');
  });

  it('is scored with the settings that the epoch was trained with', () => {
    const [trial] = scoring.trials;
    const { best } = scoring.sweep;
    if (!trial || !best) throw new Error('there is a first trial and a best epoch');
    const before = { ...trial.config.hyperparameters, dropout: 0.42 };
    const copied = { ...trial, exploits: [{ epoch: 1, from: trialId(2), before }] };
    const state = {
      sweep: { ...scoring.sweep, best: { ...best, trialId: trialId(1) } },
      trials: [copied, ...scoring.trials.slice(1)],
    };
    expect(neededFlows(state)).toMatchObject([
      { trialId: trialId(1), config: { hyperparameters: { dropout: 0.42 } } },
    ]);
  });

  it('comes to the same from its log', () => {
    const events = [ready, committed(1, 1, 50), committed(2, 1, 40), failed(2)];
    const retried: SweepEvent[] = [{ type: 'failed-retried' }, scored(2)];
    let state = preparing();
    const entries = [...events, ...retried].map((event, index): SweepLogEntry => {
      const outcome = decide(state, event, now, search);
      state = outcome.state;
      const { decisions } = outcome;
      return { sweepId: id, sequence: index + 1, at: now, events: [event], decisions: [...decisions] };
    });
    const { spec, createdAt } = state.sweep;
    expect(replay({ id, spec: { ...spec }, createdAt }, entries)).toEqual({ state, differing: [] });
  });
});

describe('a sweep whose dataset has a dev set', () => {
  const grouped = { dataset: { split: 'grouped' }, evaluation: undefined };
  const { translations: scores, seconds, ...losses } = exampleHeldOut(31);
  const scoredOnTest: SweepEvent = {
    ...{ type: 'epoch-scored', trialId: trialId(2), epoch: 1 },
    ...{ scores, losses, seconds },
  };
  const groupedBegun = after(preparing(grouped), ready);
  const groupedScoring = after(groupedBegun, committed(1, 1, 50, 3), committed(2, 1, 40, 3));

  it('evaluates its epochs on the dev set, and other sweeps do not', () => {
    expect(neededFlows(groupedBegun)).toMatchObject([{ dev: true }, { dev: true }]);
    for (const flow of neededFlows(begun)) expect(flow).not.toHaveProperty('dev');
  });

  it('ends with the score of its best epoch on the test set, beside what it has of the dev set', () => {
    expect(groupedScoring.sweep).toMatchObject({
      state: 'running',
      best: { wholeScore: { state: 'pending' } },
    });
    expect(neededFlows(groupedScoring)).toMatchObject([
      { type: 'score', trialId: trialId(2), epoch: 1, dev: true },
    ]);
    const { sweep } = after(groupedScoring, scoredOnTest);
    expect(sweep).toMatchObject({ state: 'completed', best: { wholeScore: { state: 'done' } } });
    expect(sweep.best?.heldOut).toEqual(groupedScoring.sweep.best?.heldOut);
    expect(sweep.best?.test).toEqual({ ...losses, translations: scores, seconds });
  });

  it('ends without a test score, and with the reason, when that fails', () => {
    const { sweep } = after(groupedScoring, failed(2));
    expect(sweep).toMatchObject({
      state: 'completed',
      reason: `the test set was not scored: ${reason}`,
      best: { wholeScore: { state: 'failed', reason } },
    });
    expect(sweep.best).not.toHaveProperty('test');
  });

  it('has no test score of an epoch that a better one has superseded', () => {
    const scoredState = after(groupedScoring, scoredOnTest);
    const extended = after(scoredState, { type: 'extended', extension: { epochs: 2 } });
    const better = after(extended, committed(2, 2, 30, 3));
    expect(better.sweep.best).toMatchObject({ trialId: trialId(2), epoch: 2 });
    expect(better.sweep.best).not.toHaveProperty('test');
  });
});
