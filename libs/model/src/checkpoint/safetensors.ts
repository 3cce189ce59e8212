/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes with the header's length, a JSON
 * header with name, type, shape and place of each tensor, then the data; all little-endian.
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { Bug, Corrupt, InvalidInput, messageOf, Unavailable } from '@honyaku/contracts';

/** A float tensor with its name. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a file holds: 32-bit floats and whole numbers. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array | Int32Array }
  >;
  readonly metadata: Readonly<Record<string, string>>;
}

const bytesAnElement = 4;

/** @throws InvalidInput when it cannot be read, as when there is no such file; Corrupt when it is truncated or malformed */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new InvalidInput(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (bytes.length < 8)
    throw new Corrupt(`${path} is truncated: ${bytes.length} bytes are no safetensors file`);
  const length = Number(bytes.readBigUInt64LE(0));
  if (8 + length > bytes.length)
    throw new Corrupt(
      `${path} is truncated or no safetensors file: its header should have ${length} bytes, the file has ${bytes.length}`,
    );
  const { entries, metadata } = parseHeader(bytes.subarray(8, 8 + length), path);
  const data = bytes.subarray(8 + length);
  requireWholeData(entries, data.length, path);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => {
    // A copy, because the data need not stand at a multiple of four.
    const { buffer } = new Uint8Array(data.subarray(begin, end));
    return [
      name,
      { shape, data: dtype === 'F32' ? new Float32Array(buffer) : new Int32Array(buffer) },
    ] as const;
  });
  return { tensors: new Map(tensors), metadata };
}

/** The tensors lie one after the other and fill the data, as the format demands. */
function requireWholeData(entries: readonly TensorEntry[], length: number, path: string): void {
  let place = 0;
  for (const { name, shape, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const bytes = shape.reduce((product, size) => product * size, bytesAnElement);
    if (end - begin !== bytes)
      throw new Corrupt(
        `${path}: ${name} of shape [${shape.join(', ')}] should have ${bytes} bytes, not ${end - begin}`,
      );
    if (end > length)
      throw new Corrupt(`${path} is truncated: ${name} ends at byte ${end} of the data, which has ${length}`);
    if (begin !== place)
      throw new Corrupt(`${path}: ${name} starts at byte ${begin} of the data instead of ${place}`);
    place = end;
  }
  if (place !== length) throw new Corrupt(`${path}: its tensors have ${place} bytes, its data ${length}`);
}

/**
 * Writes the tensors one at a time. The file appears under its name when it is whole and on the disk.
 * @param tensors names and shapes in the order of `data`, which is asked for one tensor at a time
 * @throws Unavailable when it cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  data: () => Iterable<NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const file = await open(partial, 'wx');
    try {
      await file.writeFile(header(tensors, metadata));
      let written = 0;
      for (const { name, data: values } of data()) {
        if (tensors[written]?.name !== name) throw new Bug(`${name} is not the tensor that ${path} is due`);
        await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        written += 1;
      }
      if (written !== tensors.length) throw new Bug(`${path} got ${written} of ${tensors.length} tensors`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof Bug) throw cause;
    throw new Unavailable(`${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

function header(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let offset = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = offset;
    offset += shape.reduce((product, size) => product * size, bytesAnElement);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }];
  });
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  // The format wants the data at a multiple of eight; spaces may follow the JSON.
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}

/** One tensor's line of a safetensors header; begin and end are bytes of the data. */
interface TensorEntry {
  readonly name: string;
  readonly dtype: 'F32' | 'I32';
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** @throws Corrupt when it is not a header, or names a type other than 32-bit floats and whole numbers */
function parseHeader(
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
