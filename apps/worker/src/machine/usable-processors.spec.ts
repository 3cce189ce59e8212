import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { usableProcessors } from './usable-processors.ts';

const file = join(mkdtempSync(join(tmpdir(), 'honyaku-cgroup-')), 'cpu.max');

it.each([
  ['100000 100000', 1],
  ['20000 100000', 1],
  ['max 100000', availableParallelism()],
  ['100000000 100000', availableParallelism()],
  ['nonsense', availableParallelism()],
])('a control group that grants "%s" leaves %i processors', (granted, processors) => {
  writeFileSync(file, `${granted}\n`);
  expect(usableProcessors(file)).toBe(processors);
});

it('without a control group all that the process may run on', () => {
  expect(usableProcessors('/does/not/exist')).toBe(availableParallelism());
});
