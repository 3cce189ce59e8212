import { exampleSweep, exampleTrials } from '@honyaku/client/example-sweep';
import { describe, expect, it } from 'vitest';
import { sweepTable, trialTable } from './tables.ts';

const widest = (table: string) => Math.max(...table.split('\n').map(({ length }) => length));
const longId = `${'x'.repeat(30)}-0123456789abcdef`;
const sweeps = [{ ...exampleSweep('completed'), id: longId }];

describe('tables on a terminal of 80 columns', () => {
  it('fit in, with whole ids of sweeps, their states and results', () => {
    expect(widest(sweepTable(sweeps))).toBeGreaterThan(80);
    const table = sweepTable(sweeps, 80);
    expect(widest(table)).toBeLessThanOrEqual(80);
    expect(table).toContain(longId);
    expect(table).toMatch(/completed.*70\.28/);
  });

  it('have all columns where there is room', () => {
    expect(sweepTable(sweeps, 200)).toBe(sweepTable(sweeps));
    expect(trialTable(exampleSweep('completed'), exampleTrials, 200)).toContain('train ppl');
  });

  it('leave out perplexities of training before those of the test', () => {
    const table = trialTable(exampleSweep('completed'), exampleTrials, 60);
    expect(widest(table)).toBeLessThanOrEqual(60);
    expect(table).toContain('test ppl');
    expect(table).not.toContain('train ppl');
  });
});
