/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes with the header's length, a JSON
 * header with name, type, shape and place of each tensor, then the data.
 */
import { open, readFile } from 'node:fs/promises';
import { Corrupt, InvalidInput, messageOf } from '@honyaku/contracts';
import { z } from 'zod';

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

const Header = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(
  z.object({
    dtype: z.enum(['F32', 'I32']),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);

const bytesAnElement = 4;
const largestHeader = 100_000_000;

/** @throws InvalidInput when there is no such file; Corrupt when it is truncated or malformed */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new InvalidInput(`${path} can not be read: ${messageOf(cause)}`, { cause });
  });
  if (bytes.length < 8)
    throw new Corrupt(`${path} is truncated: ${bytes.length} bytes are no safetensors file`);
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > largestHeader || 8 + length > bytes.length) {
    throw new Corrupt(`${path} is truncated or no safetensors file: its header should have ${length} bytes`);
  }
  const { __metadata__: metadata = {}, ...entries } = headerOf(bytes.subarray(8, 8 + length), path);
  const data = bytes.subarray(8 + length);
  const tensors = Object.entries(entries).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      if (end - begin !== count * bytesAnElement) {
        throw new Corrupt(`${path}: ${name} of shape [${shape.join(', ')}] has ${end - begin} bytes`);
      }
      if (end > data.length)
        throw new Corrupt(`${path} is truncated: ${name} ends at byte ${end} of ${data.length}`);
      // A copy, because the data need not stand at a multiple of four.
      const buffer = new Uint8Array(data.subarray(begin, end)).buffer;
      return [
        name,
        { shape, data: dtype === 'F32' ? new Float32Array(buffer) : new Int32Array(buffer) },
      ] as const;
    },
  );
  return { tensors: new Map(tensors), metadata };
}

function headerOf(bytes: Uint8Array, path: string): z.output<typeof Header> {
  try {
    return Header.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new Corrupt(`${path}: the safetensors header can not be read`, { cause });
  }
}

/** Writes the tensors in the order given, one at a time, and returns when they are on the disk. */
export async function writeSafetensors(
  path: string,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  dataOf: () => Iterable<NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  let offset = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = offset;
    offset += shape.reduce((product, size) => product * size, bytesAnElement);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  // The format wants the data at a multiple of eight; spaces may follow the JSON.
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(path, 'w');
  try {
    await file.writev([length, header]);
    for (const { data } of dataOf())
      await file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await file.sync();
  } finally {
    await file.close();
  }
}
