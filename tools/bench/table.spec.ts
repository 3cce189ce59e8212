import { describe, expect, it } from 'vitest';
import { jsonLineOf, type MeasuredRow, ratioOf, tableText, timeText } from './table.ts';

const counts = { sourceTokens: 300, sourcePositions: 600, targetTokens: 350, targetPositions: 700 };
const step: MeasuredRow = {
  name: 'recurrent-small',
  target: 1,
  per: 'a step',
  referenceName: 'PyTorch',
  ours: { milliseconds: 400, counts },
  reference: { milliseconds: 500, counts },
  note: 'batches of 32',
};
const tokenise: MeasuredRow = {
  name: 'tokenise',
  target: 0.5,
  per: 'in all',
  referenceName: 'SentencePiece',
  ours: { milliseconds: 80, counts: {} },
  reference: { milliseconds: 30, counts: {} },
  note: 'one thread',
};

describe('ratioOf', () => {
  it('is the reference’s time over ours', () => {
    expect(ratioOf(step)).toBe(1.25);
    expect(ratioOf({ ours: { milliseconds: 3 }, reference: { milliseconds: 1 } })).toBe(0.333);
  });
});

describe('jsonLineOf', () => {
  it('has name, ratio and target', () => {
    expect(JSON.parse(jsonLineOf(step))).toEqual({ name: 'recurrent-small', ratio: 1.25, target: 1 });
  });
});

describe('tableText', () => {
  const lines = tableText([step, tokenise]).split('\n');

  it('has both sides of each row with what each does a second', () => {
    expect(lines[2]?.split(/ {2,}/)).toEqual([
      ...['recurrent-small', 'honyaku', '400 ms a step', '750', '1,500', '875', '1,750', '1.25', '1.00 ✓'],
    ]);
    expect(lines[3]?.trim().split(/ {2,}/)).toEqual([
      ...['PyTorch', '500 ms a step', '600', '1,200', '700', '1,400'],
    ]);
  });
  it('leaves out what a row does not count and marks a target that is missed', () => {
    expect(lines[4]?.split(/ {2,}/)).toEqual(['tokenise', 'honyaku', '80.0 ms in all', '0.38', '0.50 ✗']);
  });
  it('ends in the notes', () => {
    expect(lines.slice(-2)).toEqual(['recurrent-small: batches of 32', 'tokenise: one thread']);
  });
  it('compares a row in bfloat16 with the reference in float32 too, where both were measured', () => {
    const bfloat16: MeasuredRow = {
      ...step,
      name: 'recurrent-small-bfloat16',
      ours: { milliseconds: 200, counts },
      reference: { milliseconds: 300, counts },
    };
    expect(tableText([step, bfloat16]).split('\n').at(-1)).toBe(
      'recurrent-small-bfloat16: 2.50 times as fast as PyTorch in float32, which recurrent-small has.',
    );
    expect(tableText([bfloat16]).split('\n').at(-1)).toBe('recurrent-small-bfloat16: batches of 32');
  });
});

describe('timeText', () => {
  it('changes to seconds where milliseconds get long', () => {
    expect([9.04, 512.4, 9999, 12_340].map(timeText)).toEqual(['9.0 ms', '512 ms', '9999 ms', '12.3 s']);
  });
});
