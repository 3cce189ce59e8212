import { SearchSpace } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { mostSobolDimensions, sobolPoint, suggestFromSobol } from './sobol.ts';

/** Point 37 of 32 dimensions, as torch.quasirandom.SobolEngine(32) of PyTorch 2.15 draws it. */
const point37 = [
  0.921875, 0.640625, 0.578125, 0.921875, 0.765625, 0.296875, 0.171875, 0.796875, 0.609375, 0.171875,
  0.015625, 0.078125, 0.578125, 0.859375, 0.109375, 0.484375, 0.796875, 0.421875, 0.046875, 0.140625,
  0.953125, 0.078125, 0.546875, 0.640625, 0.296875, 0.359375, 0.796875, 0.390625, 0.515625, 0.109375,
  0.359375, 0.140625,
];

describe('the Sobol sequence', () => {
  it('has the points of another implementation', () => {
    const first = [0, 1, 2, 3, 4].map((index) => [0, 1, 2].map((d) => sobolPoint(index, d) / 2 ** 30));
    expect(first).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
    ]);
    expect(mostSobolDimensions).toBe(32);
    expect(point37.map((_, dimension) => sobolPoint(37, dimension) / 2 ** 30)).toEqual(point37);
  });

  it('puts as many trials into each cell of a grid, whatever the seed', () => {
    const space = SearchSpace.parse({
      dropout: { type: 'float', low: 0, high: 0.8 },
      layers: { type: 'int', low: 1, high: 4 },
    });
    for (const seed of [1, 2]) {
      const cells = new Map<string, number>();
      for (let index = 0; index < 64; index += 1) {
        const { dropout, layers } = suggestFromSobol({ space, seed }, index);
        const cell = `${Math.floor(Number(dropout) / 0.2)} ${String(layers)}`;
        cells.set(cell, (cells.get(cell) ?? 0) + 1);
      }
      expect([...cells.values()]).toEqual(Array(16).fill(4));
    }
    expect(suggestFromSobol({ space, seed: 1 }, 5)).not.toEqual(suggestFromSobol({ space, seed: 2 }, 5));
  });

  it('leaves out what is not active', () => {
    const space = SearchSpace.parse({
      attention: { type: 'choice', values: ['none', 'dot'] },
      inputFeeding: { type: 'choice', values: [true, false], when: { attention: 'dot' } },
    });
    for (let index = 0; index < 8; index += 1) {
      const { attention, inputFeeding } = suggestFromSobol({ space, seed: 1 }, index);
      expect(inputFeeding === undefined).toBe(attention === 'none');
    }
  });
});
