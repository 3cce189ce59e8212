import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bug, Corrupt, InvalidInput, Unavailable } from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'file.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const tensors = [
  { name: 'a', shape: [2, 3], data: Float32Array.of(1, -0, NaN, Infinity, 1e-45, 0.1) },
  { name: 'b', shape: [], data: Float32Array.of(7) },
];

function fileOf(header: unknown, dataBytes: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

describe('safetensors', () => {
  it('come back as they were written, with metadata, data at a multiple of eight and no other file', async () => {
    await writeSafetensors(path, tensors, () => tensors, { step: '3' });
    const file = await readSafetensors(path);
    expect(file.metadata).toEqual({ step: '3' });
    expect(file.tensors.get('a')).toEqual({ shape: [2, 3], data: tensors[0]?.data });
    expect(file.tensors.get('b')).toEqual({ shape: [], data: tensors[1]?.data });
    expect(Number((await readFile(path)).readBigUInt64LE(0)) % 8).toBe(0);
    expect(await readdir(folder)).toEqual(['file.safetensors']);
  });

  it('leave the file that was there, and no part of a new one, when writing fails', async () => {
    await writeSafetensors(path, tensors, () => tensors);
    const before = await readFile(path);
    await expect(writeSafetensors(path, tensors, () => tensors.slice(0, 1))).rejects.toThrow(Bug);
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['file.safetensors']);
    const nowhere = join(folder, 'nowhere', 'x');
    await expect(writeSafetensors(nowhere, tensors, () => tensors)).rejects.toThrow(Unavailable);
  });

  it('that are absent are the caller’s error', async () => {
    await expect(readSafetensors(path)).rejects.toThrow(InvalidInput);
  });

  it('are corrupt wherever they are cut', async () => {
    await writeSafetensors(path, tensors, () => tensors);
    const whole = await readFile(path);
    for (let bytes = 0; bytes < whole.length; bytes += 1) {
      await writeFile(path, whole.subarray(0, bytes));
      await expect(readSafetensors(path), `${bytes} bytes`).rejects.toThrow(Corrupt);
    }
  });

  const entry = (more: object) => ({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...more } });
  it.each([
    ['is no JSON', '{"a"', 0, /no JSON/],
    ['is a list', [], 0, /no JSON object/],
    ['is longer than the file', '', -8, /truncated/],
    ['has a type that is not read', entry({ dtype: 'BF16' }), 8, /a has the type BF16/],
    ['has no shape', entry({ shape: 'x' }), 8, /a has no shape/],
    ['has a negative size', entry({ shape: [-2] }), 8, /a has no shape/],
    ['has one offset', entry({ data_offsets: [0] }), 8, /a has no data_offsets/],
    [
      'has offsets that don’t fit the shape',
      entry({ data_offsets: [0, 4] }),
      4,
      /should have 8 bytes, not 4/,
    ],
    ['leaves a hole', entry({ data_offsets: [4, 12] }), 12, /starts at byte 4/],
    ['leaves bytes over', entry({}), 12, /8 bytes, its data 12/],
    ['has tensors on one another', { ...entry({}), b: entry({}).a }, 8, /b starts at byte 0/],
    ['has metadata that is no text', { __metadata__: { step: 3 }, ...entry({}) }, 8, /__metadata__\.step/],
  ])('are corrupt when the header %s', async (_what, header, dataBytes, message) => {
    const bytes = dataBytes < 0 ? Buffer.alloc(8, 1) : fileOf(header, dataBytes);
    await writeFile(path, bytes);
    const reading = readSafetensors(path);
    await expect(reading).rejects.toThrow(Corrupt);
    await expect(reading).rejects.toThrow(message);
  });
});
