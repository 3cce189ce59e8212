/** Reads a `golden.json` key by key, and tensors of a `golden.safetensors`. */
import { readFile } from 'node:fs/promises';
import { type Batch, InvalidInput, messageOf } from '@honyaku/contracts';
import type { TensorFile } from '../checkpoint/safetensors.ts';

export class GoldenFile {
  private constructor(
    private readonly path: string,
    private readonly settings: Readonly<Record<string, unknown>>,
  ) {}

  /** @throws InvalidInput when the file cannot be read */
  static async read(path: string): Promise<GoldenFile> {
    try {
      const value: unknown = JSON.parse(await readFile(path, 'utf8'));
      if (typeof value === 'object' && value !== null) return new GoldenFile(path, { ...value });
    } catch (cause) {
      throw new InvalidInput(`${path} cannot be read: ${messageOf(cause)}`, { cause });
    }
    throw new InvalidInput(`${path} holds no JSON object`);
  }

  /** @throws InvalidInput naming the key that is not as it should be, as do all others */
  valueOf<Value>(key: string, is: (value: unknown) => value is Value, allowed: string): Value {
    const value = this.settings[key];
    if (is(value)) return value;
    throw this.refusal(key, value, allowed);
  }

  isOf(kind: string): boolean {
    return this.settings['kind'] === kind;
  }

  flag(key: string): boolean {
    return this.valueOf(key, isBoolean, 'true or false');
  }

  number(key: string): number {
    return this.valueOf(key, isNumber, 'a number');
  }

  size(key: string): number {
    return this.valueOf(key, isSize, 'a whole number from 1');
  }

  word<const Word extends string>(key: string, words: readonly Word[]): Word {
    const value = this.settings[key];
    const found = words.find((word) => word === value);
    if (found === undefined) throw this.refusal(key, value, `one of ${words.join(', ')}`);
    return found;
  }

  numbers(key: string): number[] {
    return this.valueOf(key, isNumbers, 'a list of at least one number');
  }

  /** @param count of `counted`, which it must have as well */
  rows(key: string, count?: number, counted?: string): number[][] {
    const rows = this.valueOf(key, isRows, 'a list of lists of numbers');
    if (count !== undefined && rows.length !== count)
      throw new InvalidInput(`${this.path}: there are ${count} ${counted}, but ${rows.length} of ${key}`);
    return rows;
  }

  private refusal(key: string, value: unknown, allowed: string): InvalidInput {
    return new InvalidInput(`${this.path}: ${key} is ${JSON.stringify(value)}, it must be ${allowed}`);
  }
}

/** A batch by the names of its tensors, behind a prefix. @throws InvalidInput naming one that is absent */
export function batchIn(
  file: TensorFile,
  names: Readonly<Record<'source' | 'decoderInput' | 'target', string>>,
  where: string,
  prefix = '',
): Batch {
  const [source, decoderInput, target] = [
    idsOf(file, `${prefix}${names.source}`, where),
    idsOf(file, `${prefix}${names.decoderInput}`, where),
    idsOf(file, `${prefix}${names.target}`, where),
  ];
  return {
    size: source.rows,
    sourceLength: source.columns,
    targetLength: target.columns,
    source: source.ids,
    decoderInput: decoderInput.ids,
    target: target.ids,
  };
}

function idsOf(
  file: TensorFile,
  name: string,
  where: string,
): { readonly ids: Int32Array; readonly rows: number; readonly columns: number } {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new InvalidInput(`${where} has no tensor ${name}`);
  const [rows = 0, columns = 0] = tensor.shape;
  return { ids: Int32Array.from(tensor.data), rows, columns };
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

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(isNumber);
}

function isRows(value: unknown): value is number[][] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isNumber));
}
