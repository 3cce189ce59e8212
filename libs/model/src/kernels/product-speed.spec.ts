import { describe, expect, it } from 'vitest';
import { fasterPrecision, precisionGain } from './product-speed.ts';

describe('the precision that training uses', () => {
  const fakeGain = (gain: number) => () => gain;

  it('is bfloat16 where the processor has instructions for it and they are clearly faster', () => {
    expect(fasterPrecision(true, fakeGain(3))).toBe('bfloat16');
    expect(fasterPrecision(true, fakeGain(1.1))).toBe('float32');
    expect(fasterPrecision(true, fakeGain(0.5))).toBe('float32');
  });

  it('is float32 without a measurement where bfloat16 is emulated', () => {
    const unused = () => {
      throw new Error('it was measured');
    };
    expect(fasterPrecision(false, unused)).toBe('float32');
  });

  it('comes from times of both', () => {
    expect(precisionGain()).toBeGreaterThan(0);
    expect(precisionGain()).toBeLessThan(Infinity);
  });
});
