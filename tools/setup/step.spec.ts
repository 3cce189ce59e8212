import { mkdtempSync, readdirSync, readFileSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, afterEach, beforeEach } from 'vitest';
import { run } from './command.ts';
import { unzip } from './python-package.ts';
import { isRecent } from './python-steps.ts';
import { pairOf, translationsOf } from './tatoeba.ts';
import { chooseTensorFlow } from './tensorflow.ts';
import { publishFolder, removeLeftovers } from './step.ts';

describe('translationsOf', () => {
  it('takes the five languages of a line, with empty cells where there is no translation', () => {
    expect(translationsOf('1\t行こう。\t-\tX\tGehen wir.\tAllons-y.\t-\t-\t-')).toBe(
      '行こう。\t\tGehen wir.\tAllons-y.\t\n',
    );
    expect(translationsOf('1\t行こう。\t-\tX\t-\t-\t-\t-\t-')).toBeUndefined();
  });
});

describe('pairOf', () => {
  it('keeps the Japanese and the English of a line', () => {
    expect(pairOf('1297\t行こう。\tLet’s go.\t-\tGehen wir.')).toBe('行こう。\tLet’s go.\n');
  });
  it('leaves a line out when one of the two is missing', () => {
    expect(pairOf('1\t行こう。\t-\tX')).toBeUndefined();
    expect(pairOf('1\t-\tGo.')).toBeUndefined();
    expect(pairOf('1\t行こう。')).toBeUndefined();
  });
});

describe('isRecent', () => {
  it.each([
    ['6.2.14', true],
    ['7.0.15', true],
    ['6.0.16', false],
    ['5.9.9', false],
    ['10.0.0', true],
  ])('%s: %s', (version, expected) => {
    expect(isRecent(version)).toBe(expected);
  });
});

describe('chooseTensorFlow', () => {
  it('takes the build that HONYAKU_TENSORFLOW names', async () => {
    const cpu = await chooseTensorFlow({ HONYAKU_HOME: '/h', HONYAKU_TENSORFLOW: 'cpu' });
    expect(cpu).toEqual({
      name: 'tensorflow-cpu-2.21.0',
      libraries: '/h/tensorflow-cpu-2.21.0',
      headers: '/h/tensorflow-cpu-2.21.0/include',
    });
    const cuda = await chooseTensorFlow({ HONYAKU_HOME: '/h', HONYAKU_TENSORFLOW: 'cuda' });
    expect(cuda.nvidia).toBe('/h/tensorflow-cuda-2.21.0/nvidia');
  });
});

describe('unzip', () => {
  it('unpacks what has a place and leaves the rest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'honyaku-zip-'));
    const archive = join(folder, 'a.zip');
    const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z: z.writestr('x/keep', 'kept'); z.writestr('x/leave', '')`;
    await run('python3', ['-c', script, archive], { seconds: 30 });
    await unzip(archive, join(folder, 'out'), (name) => (name === 'x/keep' ? 'deep/kept' : undefined));
    expect(readdirSync(join(folder, 'out'), { recursive: true })).toEqual(['deep', 'deep/kept']);
    expect(readFileSync(join(folder, 'out', 'deep', 'kept'), 'utf8')).toBe('kept');
    rmSync(folder, { recursive: true });
  });
});

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
