import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheNameOf, folderOf, goModules, versionOf } from './binaries.ts';

describe.each(Object.values(goModules))('the Go module $name', (module) => {
  it('pins its version and checksum', async () => {
    const sums = await readFile(join(folderOf(module), 'go.sum'), 'utf8');
    expect(sums).toContain(`${module.path} ${await versionOf(module)} h1:`);
  });

  it('is cached under a name that tells the version and what is pinned', async () => {
    expect(await cacheNameOf(module)).toMatch(
      new RegExp(`^${module.name}-v\\d+\\.\\d+\\.\\d+-[0-9a-f]{12}$`),
    );
  });
});
