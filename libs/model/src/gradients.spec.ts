import { describe, expect, it } from 'vitest';
import { lossOf } from './loss.ts';
import { Seq2Seq } from './seq2seq.ts';
import { tf } from './tensorflow.ts';
import { tinyBatch, tinyShape } from './tiny-network.fixture.ts';

/** Large enough for 32-bit sums, small enough for the curvature. */
const epsilon = 1e-2;

describe('the gradients', () => {
  it.each([
    ['zero', undefined],
    ['carried', undefined],
    ['carried', { rate: 0.3, seed: 5, epoch: 1, step: 2 }],
  ] as const)(
    'of every parameter agree with finite differences (top state %s, dropout %o)',
    (topState, dropout) => {
      const network = Seq2Seq.initialise(tinyShape(topState), 3);
      const meanLoss = () => {
        const { tokenLoss, targetTokens } = network.withWeights((weights) =>
          lossOf(tinyBatch, network.shape, weights, dropout),
        );
        return tokenLoss / targetTokens;
      };
      const { gradients } = network.gradients(tinyBatch, dropout);
      for (const { spec, variable } of network.parameters) {
        const gradient = gradients.get(spec.name)?.dataSync<'float32'>();
        const values = variable.values();
        for (const index of [0, Math.floor(values.length / 2), values.length - 1]) {
          const lossAt = (offset: number) => {
            const moved = values.slice();
            moved[index] = (moved[index] ?? 0) + offset;
            variable.assign(tf.tensor(moved, [...spec.shape]));
            return meanLoss();
          };
          const numeric = (lossAt(epsilon) - lossAt(-epsilon)) / (2 * epsilon);
          const difference = Math.abs((gradient?.[index] ?? 0) - numeric);
          expect(difference, `${spec.name}[${index}]: ${gradient?.[index]} against ${numeric}`).toBeLessThan(
            3e-4,
          );
        }
        variable.assign(tf.tensor(values, [...spec.shape]));
      }
      for (const gradient of gradients.values()) gradient.dispose();
      network.dispose();
    },
  );

  it('reach no parameter that the network does not use', () => {
    const network = Seq2Seq.initialise(tinyShape('zero'), 3);
    const { gradients } = network.gradients(tinyBatch);
    expect([...gradients.keys()].filter((name) => /encoder\.(fc\.|lstm3)/.test(name))).toEqual([]);
    for (const gradient of gradients.values()) gradient.dispose();
    network.dispose();
  });
});
