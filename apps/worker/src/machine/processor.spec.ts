import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@honyaku/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireAvx } from './processor.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-processor-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['that QEMU emulates by default', 'flags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2 x2apic\n', false],
  ['with AVX', 'processor\t: 0\nflags\t\t: fpu sse sse2 avx avx2\n', true],
  ['without flags', 'processor\t: 0\n', true],
])('a worker does not start on a processor without AVX: one %s', async (_name, cpuinfo, starts) => {
  const file = join(folder, 'cpuinfo');
  await writeFile(file, cpuinfo);
  const outcome = await requireAvx(file).catch((error: unknown) => error);
  if (starts) expect(outcome).toBeUndefined();
  else {
    expect(outcome).toBeInstanceOf(Unavailable);
    expect(String(outcome)).toContain('needs a processor with AVX');
  }
});
