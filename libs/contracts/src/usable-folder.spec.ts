import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InvalidInput } from './errors.ts';
import { usableFolder } from './usable-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usable-'));
  await writeFile(join(folder, 'file'), '');
  await symlink('loop', join(folder, 'loop'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const failureOf = async (path: string) => {
  const failure: unknown = await usableFolder(path, '--folder').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InvalidInput);
  return String(failure);
};

it('creates a folder with its parents for its owner only, and accepts it when it exists', async () => {
  const path = join(folder, 'a', 'b');
  await Promise.all([1, 2, 3].map(() => usableFolder(path, '--folder')));
  await usableFolder(path, '--folder');
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

it('reports at once why a folder cannot be used', async () => {
  expect(await failureOf('/proc/x')).toContain('--folder /proc/x cannot be used');
  expect(await failureOf('/proc/x/y/z')).toContain('cannot be used');
  expect(await failureOf(join(folder, 'file'))).toContain('not a folder');
  expect(await failureOf(join(folder, 'file', 'below'))).toMatch(/ENOTDIR|EEXIST/);
  expect(await failureOf(join(folder, 'x'.repeat(300)))).toContain('too long');
  expect(await failureOf(join(folder, 'loop', 'below'))).toMatch(/ELOOP|EEXIST|ENOENT/);
});

it.runIf(process.geteuid?.() !== 0)('refuses a folder that this user may not write to', async () => {
  const path = join(folder, 'shut');
  await usableFolder(path, '--folder');
  await chmod(path, 0o500);
  expect(await failureOf(path)).toContain('may not write');
});
