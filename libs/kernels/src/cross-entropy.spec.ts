import { describe, expect, it } from 'vitest';
import { at, bytesOf, error, type Matrix, matrix, randomMatrix, tensorOf } from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { crossEntropy } from './cross-entropy.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { attributes, dataTypes, float, runKernelForAll, tf } from './tensorflow.ts';

resetKernelsAfterEach();

function labelsFor(rows: number, vocabulary: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => (row * 7919 + 3) % vocabulary);
}

/** In 64-bit numbers, from the definition; of the smoothed loss, labels keep 1 - smoothing, the rest is shared by all. */
function reference(
  logits: Matrix,
  labels: Int32Array,
  smoothing: number,
): { losses: number[]; dLogits: Matrix } {
  const { rows, columns } = logits;
  const wanted = (row: number, word: number) =>
    smoothing / columns + (word === labels[row] ? 1 - smoothing : 0);
  const words = Array.from({ length: columns }, (_, word) => word);
  const logTotals = Array.from({ length: rows }, (_, row) =>
    Math.log(words.reduce((sum, word) => sum + Math.exp(at(logits, row, word)), 0)),
  );
  const logProbability = (row: number, word: number) => at(logits, row, word) - (logTotals[row] ?? NaN);
  return {
    losses: logTotals.map((_, row) => -logProbability(row, labels[row] ?? NaN)),
    dLogits: matrix(rows, columns, (row, word) => Math.exp(logProbability(row, word)) - wanted(row, word)),
  };
}

describe.each(instructionSets())('crossEntropy on %s', (instructionSet) => {
  it.each([
    [1, 1],
    [3, 5],
    [7, 16],
    [9, 100],
    [2, 1003],
  ])('of %i rows over %i words is the definition’s, with and without smoothing', (rows, vocabulary) => {
    useInstructionSet(instructionSet);
    const logits = randomMatrix(rows, vocabulary, 1);
    logits.data.forEach((value, index) => (logits.data[index] = Math.fround(8 * value)));
    const labels = labelsFor(rows, vocabulary);
    for (const smoothing of [0, 0.1])
      tf.tidy(() => {
        const wanted = reference(logits, labels, smoothing);
        const { losses, dLogits } = crossEntropy(tensorOf(logits), tf.tensor1d(labels, 'int32'), {
          smoothing,
        });
        expect(error(losses, wanted.losses)).toBeLessThan(1e-6);
        expect(error(dLogits, wanted.dLogits)).toBeLessThan(1e-6);
      });
  });

  it('survives scores far from zero, and scales gradients alone', () => {
    useInstructionSet(instructionSet);
    tf.tidy(() => {
      const scores = tf.tensor2d([
        [1e4, 1e4 - 1, -1e30],
        [-3e38, 0, 0],
      ]);
      const { losses, dLogits } = crossEntropy(scores, tf.tensor1d([0, 1], 'int32'), { scale: 0.5 });
      const first = 1 / (1 + Math.exp(-1));
      expect(error(losses, [-Math.log(first), Math.log(2)])).toBeLessThan(1e-6);
      expect(error(dLogits, [(first - 1) / 2, (1 - first) / 2, 0, 0, -0.25, 0.25])).toBeLessThan(1e-6);
    });
  });

  it('gives the same bytes with one, two and three threads, and again', () => {
    useInstructionSet(instructionSet);
    const outcomes = [1, 2, 3, 1, 2].map((threads) => {
      useThreads(threads);
      return tf.tidy(() => {
        const labels = tf.tensor1d(labelsFor(45, 301), 'int32');
        return bytesOf(
          Object.values(crossEntropy(tensorOf(randomMatrix(45, 301, 2)), labels, { smoothing: 0.1 })),
        );
      });
    });
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('crossEntropy', () => {
  it('agrees with TensorFlow’s own', () => {
    tf.tidy(() => {
      const [logits, labels] = [tensorOf(randomMatrix(50, 777, 3)), tf.tensor1d(labelsFor(50, 777), 'int32')];
      const [losses, dLogits] = runKernelForAll(
        'SparseSoftmaxCrossEntropyWithLogits',
        [float, attributes.type('Tlabels', dataTypes.int32)],
        [logits, labels],
        2,
      );
      const own = crossEntropy(logits, labels);
      expect(error(own.losses, losses.dataSync())).toBeLessThan(1e-6);
      expect(error(own.dLogits, dLogits.dataSync())).toBeLessThan(1e-6);
    });
  });

  it('gives nothing for no rows', () => {
    const { losses, dLogits } = crossEntropy(tf.zeros([0, 9]), tf.tensor1d([], 'int32'));
    expect([losses.shape, dLogits.shape]).toEqual([[0], [0, 9]]);
  });

  it('shows scores that are not numbers in the loss of their row alone', () => {
    const scores = tf.tensor2d([
      [NaN, 1],
      [0, 1],
    ]);
    const { losses } = crossEntropy(scores, tf.tensor1d([1, 1], 'int32'));
    expect(Array.from(losses.dataSync()).map(Number.isNaN)).toEqual([true, false]);
  });

  it('refuses labels that the vocabulary does not have, and shapes that do not fit', () => {
    const labels = (...values: number[]) => tf.tensor1d(values, 'int32');
    expect(() => crossEntropy(tf.zeros([2, 4]), labels(0, 4))).toThrow(
      'label 4 of row 1 is none of the vocabulary’s 4'.replace('’', "'"),
    );
    expect(() => crossEntropy(tf.zeros([2, 4]), labels(-1, 0))).toThrow('label -1 of row 0');
    expect(() => crossEntropy(tf.zeros([2, 4]), labels(1))).toThrow('labels must be of shape [2], not [1]');
    expect(() => crossEntropy(tf.zeros([4]), labels(1))).toThrow('logits must be a matrix, not of shape [4]');
  });
});
