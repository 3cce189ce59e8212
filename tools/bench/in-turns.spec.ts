import { describe, expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

describe('inTurns', () => {
  it('never lets both play at once, and changes who begins', async () => {
    const log: string[] = [];
    const player = (name: string) => async (turn: number) => {
      log.push(`${name} ${turn}`);
      await Promise.resolve();
      log.push(`${name} rests`);
      return turn * 10;
    };
    const told: unknown[] = [];
    const answers = await inTurns(
      [1, 2],
      { ours: player('ours'), reference: player('reference') },
      (turn, each) => told.push([turn, each]),
    );
    expect(log).toEqual([
      ...['ours 1', 'ours rests', 'reference 1', 'reference rests'],
      ...['reference 2', 'reference rests', 'ours 2', 'ours rests'],
    ]);
    expect(answers).toEqual({ ours: [10, 20], reference: [10, 20] });
    expect(told).toEqual([
      [1, { ours: 10, reference: 10 }],
      [2, { ours: 20, reference: 20 }],
    ]);
  });
});
