import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishFolder, removeLeftovers } from './cache-folder.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'honyaku-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('publishFolder', () => {
  it('gives the folder its name only when it is complete', async () => {
    await publishFolder(home, 'thing', async (folder) => {
      await writeFile(join(folder, 'file'), 'new');
      expect(readdirSync(home)).not.toContain('thing');
    });
    expect(readdirSync(home)).toEqual(['thing']);
  });

  it('replaces a folder that was there', async () => {
    mkdirSync(join(home, 'thing'));
    writeFileSync(join(home, 'thing', 'stale'), '');
    await publishFolder(home, 'thing', (folder) => writeFile(join(folder, 'file'), 'new'));
    expect(readdirSync(join(home, 'thing'))).toEqual(['file']);
    expect(readFileSync(join(home, 'thing', 'file'), 'utf8')).toBe('new');
  });

  it('leaves what was there, and nothing else, when filling fails', async () => {
    mkdirSync(join(home, 'thing'));
    const failing = publishFolder(home, 'thing', () => Promise.reject(new Error('no network')));
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(home)).toEqual(['thing']);
  });
});

describe('removeLeftovers', () => {
  it('removes the work of a killed set-up and nothing else', async () => {
    mkdirSync(join(home, 'partial-abc', 'new'), { recursive: true });
    mkdirSync(join(home, 'thing'));
    await removeLeftovers(home);
    expect(readdirSync(home)).toEqual(['thing']);
  });
});
