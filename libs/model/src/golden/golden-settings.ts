import { readFile } from 'node:fs/promises';
import { defaultHyperparameters, InvalidInput, messageOf } from '@honyaku/contracts';
import type { Network } from '../networks/network.ts';
import { networkOf } from '../seq2seq/kinds.ts';

/** What the reference's `golden` command wrote beside its tensors. */
export interface GoldenSettings {
  /** The notebook's, in other sizes. */
  readonly network: Network;
  readonly learningRate: number;
  /** Mean token loss before each of the Adam steps. */
  readonly losses: readonly number[];
  /** Each with its eos. */
  readonly sources: readonly (readonly number[])[];
  /** What the reference translates each source to, with eos where it came to one. */
  readonly greedy: readonly (readonly number[])[];
}

/** @throws InvalidInput when the file cannot be read, or names the key that is not as it should be */
export async function readGoldenSettings(path: string): Promise<GoldenSettings> {
  const settings = await readObject(path);
  const valueOf = <Value>(key: string, is: (value: unknown) => value is Value, allowed: string): Value => {
    const value = settings[key];
    if (is(value)) return value;
    throw new InvalidInput(`${path}: ${key} is ${JSON.stringify(value)}, it must be ${allowed}`);
  };
  const size = (key: string): number => valueOf(key, isSize, 'a whole number from 1');
  const rows = (key: string): number[][] => valueOf(key, isRows, 'a list of lists of numbers');
  const [sources, greedy] = [rows('sources'), rows('greedy')];
  if (sources.length !== greedy.length)
    throw new InvalidInput(`${path}: there are ${sources.length} sources, but ${greedy.length} of greedy`);
  return {
    network: networkOf(
      {
        hyperparameters: {
          ...defaultHyperparameters,
          embeddingSize: size('embed'),
          hiddenSize: size('hidden'),
          topState: valueOf('stateful_top', isBoolean, 'true or false') ? 'carried' : 'zero',
        },
      },
      { source: size('src_vocab'), target: size('tgt_vocab') },
    ),
    learningRate: valueOf('learning_rate', isNumber, 'a number'),
    losses: valueOf('losses', isLosses, 'a list of at least one number'),
    sources,
    greedy,
  };
}

async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw new InvalidInput(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  throw new InvalidInput(`${path} holds no JSON object`);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && isNumber(value) && value > 0;
}

function isLosses(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(isNumber);
}

function isRows(value: unknown): value is number[][] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isNumber));
}
