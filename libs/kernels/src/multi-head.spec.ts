import { describe, expect, it } from 'vitest';
import { differences, inner } from '../test/derivatives.ts';
import { bytesOf, error, matrix, type Matrix, randomMatrix, tensorOf } from '../test/matrix.ts';
import { type MultiHeadCase, referenceMultiHead } from '../test/reference-multi-head.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import type { DropoutOptions } from './dropout.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { multiHead, multiHeadGradient, multiHeadStep } from './multi-head.ts';
import { type Tensor, tf } from './tensorflow.ts';

resetKernelsAfterEach();

function caseOf(
  heads: number,
  size: number,
  queryLengths: readonly number[],
  keyLengths: readonly number[] = queryLengths,
  causal = false,
): MultiHeadCase {
  const sum = (lengths: readonly number[]) => lengths.reduce((all, length) => all + length, 0);
  const [queries, keys] = [sum(queryLengths), sum(keyLengths)];
  const width = heads * size;
  return {
    query: randomMatrix(queries, width, 1),
    key: randomMatrix(keys, width, 2),
    value: randomMatrix(keys, width, 3),
    ...{ queryLengths, keyLengths, heads, causal },
  };
}

/** Sizes that fill no vector, one that fills two, sentences of one token, and of more than a panel of products has. */
const cases = [
  caseOf(1, 1, [1]),
  caseOf(2, 5, [3, 1, 4]),
  caseOf(3, 7, [2, 1, 3], [4, 6, 1]),
  caseOf(2, 32, [5, 2], [5, 2], true),
  caseOf(1, 3, [40], [40], true),
  caseOf(1, 4, [2, 3], [37, 1]),
];

function inputsOf({ query, key, value, queryLengths, keyLengths }: MultiHeadCase) {
  const lengths = (values: readonly number[]) => tf.tensor1d([...values], 'int32');
  return {
    query: tensorOf(query),
    key: tensorOf(key),
    value: tensorOf(value),
    queryLengths: lengths(queryLengths),
    keyLengths: lengths(keyLengths),
  };
}

function run(each: MultiHeadCase, dContext: Matrix, dropout?: DropoutOptions) {
  const inputs = inputsOf(each);
  const options = { heads: each.heads, causal: each.causal, dropout };
  const { context, shares } = multiHead(inputs, options);
  return { context, ...multiHeadGradient(inputs, options, shares, tensorOf(dContext)) };
}

describe.each(instructionSets())('multi-head attention on %s', (instructionSet) => {
  it.each(cases)(
    'of $heads heads, $queryLengths queries and $keyLengths keys is the definition’s, with its gradient',
    (each) => {
      useInstructionSet(instructionSet);
      tf.tidy(() => {
        const dContext = randomMatrix(each.query.rows, each.query.columns, 99);
        const outputs = run(each, dContext);
        expect(error(outputs.context, referenceMultiHead(each))).toBeLessThan(1e-6);
        const loss = () => inner(dContext, referenceMultiHead(each));
        expect(error(outputs.dQuery, differences(each.query, loss))).toBeLessThan(3e-6);
        expect(error(outputs.dKey, differences(each.key, loss))).toBeLessThan(3e-6);
        expect(error(outputs.dValue, differences(each.value, loss))).toBeLessThan(3e-6);
      });
    },
  );

  it('gives the same bytes with one, two and four threads, with dropout too', () => {
    useInstructionSet(instructionSet);
    const each = caseOf(3, 21, [20, 1, 33], [17, 2, 9]);
    const outcomes = [1, 2, 4].map((threads) => {
      useThreads(threads);
      const dropout = { rate: 0.2, key: [4, 5] } as const;
      return tf.tidy(() => bytesOf(Object.values(run(each, randomMatrix(54, 63, 5), dropout))));
    });
    expect(new Set(outcomes).size).toBe(1);
  });

  it('drops shares of each sentence and head, and its gradient drops the same ones', () => {
    useInstructionSet(instructionSet);
    const [tokens, heads, sentences, rate] = [24, 2, 2, 0.25] as const;
    const each = {
      ...caseOf(heads, tokens, new Array<number>(sentences).fill(tokens)),
      // Of each head of each sentence the identity: contexts are the shares.
      value: matrix(sentences * tokens, heads * tokens, (row, column) =>
        Number(row % tokens === column % tokens),
      ),
    };
    tf.tidy(() => {
      const dropout = { rate, key: [1, 2] } as const;
      const nothing = matrix(sentences * tokens, heads * tokens);
      const shares = run(each, nothing).context.dataSync();
      const kept = run(each, nothing, dropout).context.dataSync();
      const factors = Array.from(kept, (value, index) => value / (shares[index] ?? NaN));
      for (const factor of factors) expect([0, 4 / 3]).toContainEqual(expect.closeTo(factor, 4));
      const share = factors.filter((factor) => factor > 0).length / factors.length;
      expect(Math.abs(share - (1 - rate))).toBeLessThan(0.05);
      const columnsOf = (head: number, sentence: number) =>
        factors.filter(
          (_, index) =>
            Math.floor(index / (heads * tokens * tokens)) === sentence &&
            Math.floor((index % (heads * tokens)) / tokens) === head,
        );
      const [first, second, third] = [columnsOf(0, 0), columnsOf(1, 0), columnsOf(0, 1)];
      expect(first).not.toEqual(second);
      expect(first.map(Math.sign)).not.toEqual(third.map(Math.sign));
      // Contexts are linear in the values, so their product with any gradient is that of the values with theirs.
      const dContext = randomMatrix(sentences * tokens, heads * tokens, 7);
      const random = { ...each, value: randomMatrix(sentences * tokens, heads * tokens, 8) };
      const { context, dValue } = run(random, dContext, dropout);
      const product = (left: Tensor, right: Matrix) => left.mul(tensorOf(right)).sum().dataSync()[0] ?? NaN;
      expect(product(context, dContext) / product(dValue, random.value)).toBeCloseTo(1, 4);
    });
  });

  it('of one token more is that of its sentence, wherever its keys and values stand', () => {
    useInstructionSet(instructionSet);
    const { query, key, value, heads } = caseOf(2, 5, [1, 1], [3, 4]);
    tf.tidy(() => {
      // Sentence 0 stands in rows 6, 5, 4 of the table and sentence 1 in rows 0 to 3.
      const order = [3, 4, 5, 6, 2, 1, 0];
      const beside = tf.concat([tensorOf(key), tensorOf(value)], 1);
      const table = tf.gather(beside, order);
      const places = tf.tensor2d([6, 5, 4, -1, 0, 1, 2, 3], [2, 4], 'int32');
      const { context, shares } = multiHeadStep({ query: tensorOf(query), table, places }, { heads });
      const wanted = { query, key, value, heads, causal: false, queryLengths: [1, 1], keyLengths: [3, 4] };
      expect(error(context, referenceMultiHead(wanted))).toBeLessThan(1e-6);
      expect(shares.shape).toEqual([2, heads, 4]);
      expect(error(shares.sum(2), [1, 1, 1, 1])).toBeLessThan(1e-6);
      expect(Array.from(shares.slice([0, 0, 3], [1, heads, 1]).dataSync())).toEqual([0, 0]);
    });
  });

  it('remembers the token’s own key and value for those after it', () => {
    useInstructionSet(instructionSet);
    const { query, key, value, heads } = caseOf(2, 5, [1, 1], [1, 1]);
    tf.tidy(() => {
      const [keys, values] = [tensorOf(key), tensorOf(value)];
      const table = tf.fill([4, 20], 0);
      const places = tf.tensor2d([3, 1], [2, 1], 'int32');
      const all = tf.concat([tensorOf(query), keys, values], 1);
      const { context } = multiHeadStep({ query: all, table, places }, { heads, remembers: true });
      // A token that sees itself alone finds its own value.
      expect(error(context, value)).toBeLessThan(1e-6);
      const wanted = tf.gather(tf.concat([keys, values], 1), [1, 0]);
      expect(error(tf.gather(table, [1, 3]), wanted.dataSync())).toBe(0);
      expect(Array.from(tf.gather(table, [0, 2]).max(1).dataSync())).toEqual([0, 0]);
    });
  });
});

describe('multi-head attention', () => {
  it('survives products far from zero', () => {
    tf.tidy(() => {
      const lengths = tf.tensor1d([2], 'int32');
      const column = (values: number[]) => tf.tensor2d(values, [2, 1]);
      const { context } = multiHead(
        {
          query: column([100, -100]),
          key: column([100, -100]),
          value: column([1, 2]),
          queryLengths: lengths,
          keyLengths: lengths,
        },
        { heads: 1 },
      );
      expect(Array.from(context.dataSync())).toEqual([1, 2]);
    });
  });

  it('refuses shapes that do not fit', () => {
    const inputs = inputsOf(caseOf(2, 2, [2, 1]));
    const options = { heads: 2 };
    expect(() => multiHead(inputs, { heads: 3 })).toThrow('3 heads do not divide the width 4');
    expect(() => multiHead({ ...inputs, value: tf.zeros([2, 4]) }, options)).toThrow(
      'value must be of shape [3, 4], not [2, 4]',
    );
    expect(() => multiHead({ ...inputs, keyLengths: tf.tensor1d([3], 'int32') }, options)).toThrow(
      'there are query_lengths of 2 sentences and key_lengths of 1',
    );
    expect(() => multiHead({ ...inputs, queryLengths: tf.tensor1d([2, 2], 'int32') }, options)).toThrow(
      'query_lengths add up to 4 positions, but there are 3',
    );
    expect(() => multiHead({ ...inputs, queryLengths: tf.tensor1d([3, 0], 'int32') }, options)).toThrow(
      'query_lengths has a sentence of 0 tokens',
    );
    expect(() => multiHeadGradient(inputs, options, tf.zeros([9]), tf.zeros([3, 4]))).toThrow(
      'shares must be of shape [128], not [9]',
    );
    const table = tf.zeros([3, 8]);
    const step = (places: number[], query = tf.zeros([1, 4])) =>
      multiHeadStep({ query, table, places: tf.tensor2d([places], [1, places.length], 'int32') }, options);
    expect(() => step([0, 3])).toThrow('place 3 of row 0 is none of the table’s 3'.replace('’', "'"));
    expect(() => step([-1, 0])).toThrow('row 0 has no place for token 0');
    expect(() => step([0], tf.zeros([1, 12]))).toThrow(
      'query must have 4 columns beside a table of 8, not 12',
    );
  });
});
