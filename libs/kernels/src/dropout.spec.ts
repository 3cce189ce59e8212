import { describe, expect, it } from 'vitest';
import { bytesOf, randomMatrix, tensorOf } from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { dropout } from './dropout.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { tf } from './tensorflow.ts';

resetKernelsAfterEach();

/** Threefry2x32 with 20 rounds, as Salmon et al. 2011 state it. */
function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  const keys = [key[0], key[1], 0x1bd11bda ^ key[0] ^ key[1]];
  const keyAt = (index: number) => keys[index % 3] ?? NaN;
  let [first, second] = [counter[0] + keyAt(0), counter[1] + keyAt(1)];
  for (let round = 0; round < 20; round += 1) {
    const by = rotations[round % 8] ?? NaN;
    first = (first + second) | 0;
    second = ((second << by) | (second >>> (32 - by))) ^ first;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    first = (first + keyAt(injection)) | 0;
    second = (second + keyAt(injection + 1) + injection) | 0;
  }
  return [first >>> 0, second >>> 0];
}

/** Which elements are kept: elements n and n + 16 of each 32 share the words of one counter. */
function keptOf(size: number, rate: number, key: readonly [number, number]): boolean[] {
  return Array.from({ length: size }, (_, index) => {
    const words = threefry(key, [Math.floor(index / 32) * 16 + (index % 16), 0]);
    return (words[index % 32 < 16 ? 0 : 1] ?? NaN) >= Math.floor(Math.fround(rate) * 2 ** 32);
  });
}

describe('the reference of dropout', () => {
  it('draws the words of the generator’s authors', () => {
    expect(threefry([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry([-1, -1], [-1, -1])).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0]);
  });
});

describe.each(instructionSets())('dropout on %s', (instructionSet) => {
  it.each([1, 15, 33, 100, 20_001])('of %i elements drops those of the definition', (size) => {
    useInstructionSet(instructionSet);
    const [rate, key] = [0.3, [-1234567, 89] as const];
    tf.tidy(() => {
      const x = randomMatrix(1, size, 1);
      const scale = Math.fround(1 / (1 - Math.fround(rate)));
      const wanted = keptOf(size, rate, key).map((kept, index) =>
        kept ? Math.fround((x.data[index] ?? NaN) * scale) : 0,
      );
      const out = Array.from(dropout(tensorOf(x), { rate, key }).dataSync());
      out.forEach((value, index) => expect(value).toBeCloseTo(wanted[index] ?? NaN, 6));
    });
  });

  it('gives the same bytes with one, two and four threads, as on every instruction set', () => {
    const outcomes = ([instructionSet, 'x86-64'] as const).flatMap((set) =>
      [1, 2, 4].map((threads) => {
        useInstructionSet(set);
        useThreads(threads);
        return tf.tidy(() =>
          bytesOf([dropout(tensorOf(randomMatrix(301, 201, 2)), { rate: 0.2, key: [1, 2] })]),
        );
      }),
    );
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('dropout', () => {
  it('drops the share that is asked for, others with another key, and nothing at rate 0', () => {
    tf.tidy(() => {
      const ones = tf.ones([500, 200]);
      const keptWith = (rate: number, key: readonly [number, number]) =>
        dropout(ones, { rate, key }).greater(0).cast('float32');
      const shareOf = (kept: ReturnType<typeof keptWith>) => kept.mean().dataSync()[0];
      const kept = keptWith(0.2, [3, 4]);
      // Three standard deviations of a mean of 100,000.
      expect(Math.abs((shareOf(kept) ?? NaN) - 0.8)).toBeLessThan(0.004);
      expect(Math.abs((shareOf(kept.mul(keptWith(0.2, [3, 5]))) ?? NaN) - 0.64)).toBeLessThan(0.005);
      expect(shareOf(keptWith(0, [3, 4]))).toBe(1);
    });
  });

  it('keeps the shape, also of nothing', () => {
    const options = { rate: 0.5, key: [0, 0] } as const;
    expect(dropout(tf.ones([2, 3, 4]), options).shape).toEqual([2, 3, 4]);
    expect(dropout(tf.ones([0, 4]), options).shape).toEqual([0, 4]);
  });

  it('refuses a rate that drops everything', () => {
    expect(() => dropout(tf.ones([1]), { rate: 1, key: [0, 0] })).toThrow(
      'rate must be at least 0 and below 1',
    );
  });
});
