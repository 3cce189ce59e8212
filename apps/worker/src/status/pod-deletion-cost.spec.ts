import { describe, expect, it } from 'vitest';
import { deletionCost } from './pod-deletion-cost.ts';

describe('deletionCost', () => {
  it('is lowest for idle workers, then for those with the least training that no checkpoint includes', () => {
    const costs = [
      deletionCost({ busy: false, unsavedSeconds: 0 }),
      deletionCost({ busy: true, unsavedSeconds: 0 }),
      deletionCost({ busy: true, unsavedSeconds: 59 }),
      deletionCost({ busy: true, unsavedSeconds: 60 }),
      deletionCost({ busy: true, unsavedSeconds: 3600 }),
    ];
    expect(costs).toEqual([0, 1, 1, 2, 61]);
  });
});
