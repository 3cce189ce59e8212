import { Corrupt } from '@honyaku/contracts';

/** One tensor's line of a safetensors header; begin and end are bytes of the data. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: 'F32' | 'I32';
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** @throws Corrupt when it is not a header, or names a type other than 32-bit floats and whole numbers */
export function parseHeader(
  bytes: Buffer,
  path: string,
): { entries: TensorEntry[]; metadata: Record<string, string> } {
  const { __metadata__: metadata = {}, ...tensors } = objectOf(parse(bytes, path), 'the header', path);
  return {
    metadata: Object.fromEntries(
      Object.entries(objectOf(metadata, '__metadata__', path)).map(([key, value]) => {
        if (typeof value !== 'string') throw new Corrupt(`${path}: __metadata__.${key} is no text`);
        return [key, value];
      }),
    ),
    entries: Object.entries(tensors).map(([name, entry]) => tensorEntry(name, entry, path)),
  };
}

function tensorEntry(name: string, value: unknown, path: string): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = objectOf(value, name, path);
  if (dtype !== 'F32' && dtype !== 'I32')
    throw new Corrupt(`${path}: ${name} has the type ${String(dtype)}, only F32 and I32 can be read`);
  if (!isSizes(shape)) throw new Corrupt(`${path}: ${name} has no shape`);
  if (!isSizes(offsets) || offsets.length !== 2) throw new Corrupt(`${path}: ${name} has no data_offsets`);
  const [begin = 0, end = 0] = offsets;
  return { name, dtype, shape, begin, end };
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Corrupt(`${path}: the safetensors header is no JSON`, { cause });
  }
}

function objectOf(value: unknown, what: string, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Corrupt(`${path}: ${what} is no JSON object`);
  return { ...value };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
