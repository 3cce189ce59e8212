import { describe, expect, it } from 'vitest';
import { randomKey } from '../kernels/random.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { withoutTokens } from '../kernels/top-tokens.ts';
import { atTemperature, draw, likeliest } from './token-filters.ts';

const probabilities = [
  [0.1, 0.5, 0.05, 0.35],
  [0.25, 0.25, 0.3, 0.2],
];

/** Ids that may be drawn, likeliest first. */
function allowed(topK: number, topP: number): number[][] {
  return inTidy(() => {
    const { logits, ids } = likeliest(tf.tensor2d(probabilities).log(), topK, topP);
    const values = rowsOf(logits);
    return rowsOf(ids).map((row, index) =>
      row.filter((_, place) => (values[index]?.[place] ?? 0) > -Infinity),
    );
  });
}

function inTidy<Result>(run: () => Result): Result {
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
  }
}

function rowsOf(tensor: Tensor): number[][] {
  const [rows = 0, columns = 0] = tensor.shape;
  const values = [...tensor.dataSync()];
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

describe('the tokens that may be drawn', () => {
  it('are the likeliest ones, the lower id first of two alike', () => {
    expect(allowed(3, 1)).toEqual([
      [1, 3, 0],
      [2, 0, 1],
    ]);
    expect(allowed(9, 1)[0]).toHaveLength(4);
  });

  it.each([
    [0.4, [[1], [2, 0]]],
    [
      0.8,
      [
        [1, 3],
        [2, 0, 1],
      ],
    ],
    [
      0.9,
      [
        [1, 3, 0],
        [2, 0, 1, 3],
      ],
    ],
    [
      1,
      [
        [1, 3, 0, 2],
        [2, 0, 1, 3],
      ],
    ],
  ])('are the fewest that have the probability %f together', (topP, expected) => {
    expect(allowed(0, topP)).toEqual(expected);
  });

  it('are counted by what remains of the probability after the likeliest are chosen', () => {
    // Of 0.5 and 0.35 the first has 0.588.
    expect(allowed(2, 0.58)[0]).toEqual([1]);
    expect(allowed(2, 0.59)[0]).toEqual([1, 3]);
  });

  it('are not those that are left out', () => {
    inTidy(() => {
      const without = withoutTokens(tf.tensor2d(probabilities).log(), [1]).softmax();
      expect(rowsOf(without)[0]?.map((p) => Number(p.toFixed(4)))).toEqual([0.2, 0, 0.1, 0.7]);
    });
  });
});

describe('the temperature', () => {
  it('is the exponent of the probabilities, inverted', () => {
    inTidy(() => {
      const warm = rowsOf(atTemperature(tf.tensor2d(probabilities).log(), 0.5).softmax())[0] ?? [];
      const squares = (probabilities[0] ?? []).map((p) => p * p);
      const sum = squares.reduce((a, b) => a + b, 0);
      squares.forEach((square, id) => expect(warm[id]).toBeCloseTo(square / sum, 5));
    });
  });
});

describe('a draw', () => {
  it('comes as often as its probability says', () => {
    const draws = 4000;
    const counts = [0, 0, 0, 0];
    inTidy(() => {
      const logits = tf.tensor2d(probabilities).log().slice([0, 0], [1, 4]).tile([draws, 1]);
      const keys = Array.from({ length: draws }, (_, row) => randomKey('test', row));
      for (const id of draw(logits, keys).dataSync()) counts[id] = (counts[id] ?? 0) + 1;
    });
    // Five standard deviations.
    probabilities[0]?.forEach((p, id) =>
      expect(Math.abs((counts[id] ?? 0) / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws)),
    );
  });
});
