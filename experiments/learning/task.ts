/**
 * The toy tasks by which toolkits show that they learn: copy and sort with the networks and thresholds of
 * Sockeye's system tests (test/system of awslabs/sockeye), reverse with the network of configs/reverse.yaml of
 * joeynmt/joeynmt and the curve of its documentation (BLEU 22.5, 57.3, 83.4, 89.8 after each 1,000 steps). Both
 * toolkits lower their rate on a plateau, which takes validations; here it falls along a cosine.
 */
import { Hyperparameters, specialTokens } from '@honyaku/contracts';
import { generatorFor, type Split } from '@honyaku/data';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

export interface LearningTask {
  readonly name: string;
  /** Different symbols; lines are 1 to `longest` of them. */
  readonly symbols: number;
  readonly longest: number;
  readonly trainLines: number;
  /** The translation of a source line. */
  readonly target: (line: readonly number[]) => number[];
  readonly hyperparameters: Hyperparameters;
  readonly updates: number;
  /** Targets on held-out lines; perplexity is over tokens, BLEU 0 to 100. */
  readonly threshold: { readonly perplexity: number; readonly bleu: number };
}

const sockeye = Hyperparameters.parse({
  layers: 1,
  embeddingSize: 32,
  hiddenSize: 64,
  bidirectional: true,
  attention: 'general',
  topState: 'carried',
  dropout: 0,
  learningRate: 0.001,
  schedule: 'cosine',
  batchSize: 16,
  batching: 'length',
  clipNorm: 1,
});

const digits = { symbols: 10, longest: 9, trainLines: 10_000, hyperparameters: sockeye };

export const learningTasks: readonly LearningTask[] = [
  {
    ...digits,
    name: 'copy',
    target: (line) => [...line],
    updates: 4000,
    threshold: { perplexity: 1.03, bleu: 98 },
  },
  {
    ...digits,
    name: 'sort',
    target: (line) => line.toSorted((a, b) => a - b),
    updates: 7000,
    threshold: { perplexity: 1.03, bleu: 97 },
  },
  {
    name: 'reverse',
    symbols: 50,
    longest: 25,
    trainLines: 40_000,
    target: (line) => line.toReversed(),
    hyperparameters: {
      ...sockeye,
      embeddingSize: 16,
      batchSize: 10,
      dropout: 0.1,
      inputFeeding: true,
    },
    updates: 4000,
    threshold: { perplexity: Infinity, bleu: 89.8 },
  },
];

/** The same without attention: what the fixed-size state alone can carry. */
export function withoutAttention(task: LearningTask): LearningTask {
  return {
    ...task,
    name: `${task.name}, no attention`,
    hyperparameters: { ...task.hyperparameters, attention: 'none', inputFeeding: false },
    threshold: { perplexity: Infinity, bleu: 0 },
  };
}

/** Ids of the special tokens come first. */
export function vocabularyOf({ symbols }: LearningTask): number {
  return firstSymbol + symbols;
}

const firstSymbol = Object.keys(specialTokens).length;

/** Lines that `purpose` alone decides. */
export function linesOf(task: LearningTask, lines: number, purpose: string): Split {
  const generator = generatorFor(purpose);
  const pairs = Array.from({ length: lines }, () => {
    const length = uniformInt(generator, 1, task.longest);
    const line = Array.from({ length }, () => uniformInt(generator, 0, task.symbols - 1));
    return { source: line, target: task.target(line) };
  });
  const ids = (line: readonly number[]) => line.map((symbol) => symbol + firstSymbol);
  const pairAt = (index: number) => pairs[index] ?? { source: [], target: [] };
  return {
    length: lines,
    pair: (index) => ({
      source: Uint16Array.from([...ids(pairAt(index).source), specialTokens.eos]),
      target: Uint16Array.from([specialTokens.bos, ...ids(pairAt(index).target), specialTokens.eos]),
    }),
    text: (index) => ({ source: pairAt(index).source.join(' '), target: pairAt(index).target.join(' ') }),
  };
}

/** Symbols of ids, as `linesOf` writes them in its texts. */
export function textOf(ids: readonly number[]): string {
  return ids.map((id) => id - firstSymbol).join(' ');
}
