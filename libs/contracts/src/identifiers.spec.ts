import { describe, expect, it } from 'vitest';
import { SweepId, TrialId, isOfFirstVersion, sweepIdOf, trialIdOf } from './identifiers.ts';
import {
  advanceJob,
  beginJob,
  collectJob,
  concludeJob,
  evaluateJob,
  preprocessJob,
  scoreJob,
  sweepIdOfJob,
  trainEpochJob,
} from './jobs.ts';
import { DatasetSettings } from './dataset.ts';

const name = 'n'.repeat(40);

describe('ids', () => {
  it.each(['nb-8549ec', 'nb-854900', `${name}-8549ec`, `${name}-4f9a1c0b72d3e865`])(
    'of sweeps may be of this version or of an earlier one: %s',
    (id) => {
      expect(SweepId.parse(id)).toBe(id);
      const trial = TrialId.parse(trialIdOf(id, 3));
      expect(sweepIdOf(trial)).toBe(id);
    },
  );

  it.each(['nb-8549ec', 'nb-8549ec-b-a63846', 'nb-854900'])('of jobs contain the sweep: %s', (sweepId) => {
    const epoch = { trialId: trialIdOf(sweepId, 12), epoch: 3 };
    for (const id of [
      trainEpochJob.id(epoch),
      evaluateJob.id(epoch),
      advanceJob.id(epoch),
      scoreJob.id(epoch),
      concludeJob.id(epoch),
      beginJob.id({ sweepId }),
      collectJob.id({ sweepId }),
    ])
      expect(sweepIdOfJob(id)).toBe(sweepId);
  });

  it.each([
    ['nb-8549ec', true],
    [`${name}-8549ec`, true],
    ['nb-8549ec-b-a63846', true],
    ['nb-4f9a1c0b72d3e865', false],
    ['nb-8549ec-4f9a1c0b72d3e865', false],
    ['nb-b72d3e8-4f9a1c0b72d3e865', false],
  ])('show whether version 0.1.0 created the sweep: %s', (id, expected) => {
    expect(isOfFirstVersion(id)).toBe(expected);
  });

  it('of preprocess jobs contain no sweep', () => {
    const settings = DatasetSettings.parse({});
    expect(sweepIdOfJob(preprocessJob.id({ corpus: 'a'.repeat(64), settings }))).toBeUndefined();
  });
});
