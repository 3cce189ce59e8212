import { installedPaths } from '@honyaku/contracts';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'honyaku-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bootstrap(environment: NodeJS.ProcessEnv, words: readonly string[] = []) {
  const args = [join(here, 'bootstrap.mjs'), ...words];
  return spawnSync(process.execPath, args, { env: environment, encoding: 'utf8', timeout: 30_000 });
}

function evaluate(script: string, environment: Record<string, string | undefined>): unknown {
  const args = ['--input-type=module', '-e', script];
  const ran = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8', env: environment });
  return JSON.parse(ran.stdout);
}

describe('bootstrap.mjs', () => {
  it('names everything that the machine lacks at once, each with how to get it', () => {
    const outcome = bootstrap({ PATH: folder, HONYAKU_HOME: join(folder, 'home') });
    expect(outcome.status).toBe(1);
    for (const lack of [/npm \(/, /python3 with pip \(apt-get install/, /g\+\+ \(apt-get install g\+\+\)/])
      expect(outcome.stderr).toMatch(lack);
  });

  it('names a processor without AVX', () => {
    const lackOf = (flags: string) => {
      const file = join(folder, 'cpuinfo');
      writeFileSync(file, `processor\t: 0\nflags\t\t: ${flags}\n`);
      const script = `import { missingProcessor } from './machine.mjs';
console.log(JSON.stringify(missingProcessor(${JSON.stringify(file)}) ?? null))`;
      return evaluate(script, { PATH: process.env['PATH'] });
    };
    expect(lackOf('fpu sse4_2')).toMatch(/^a processor with AVX/);
    expect(lackOf('fpu avx avx2')).toBeNull();
  });

  it('names a cache folder that cannot be made', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const outcome = bootstrap({ PATH: process.env['PATH'] ?? '', HONYAKU_HOME: join(file, 'home') });
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(`${join(file, 'home')} cannot (ENOTDIR)`);
  });

  it('names an option that there is not', () => {
    const outcome = bootstrap(process.env, ['--only', '--ctranslate3']);
    expect([outcome.status, outcome.stdout]).toEqual([
      1,
      expect.stringContaining("Unknown option '--ctranslate3'"),
    ]);
  });

  it('tells pip that is missing from Python that is missing', () => {
    const python = join(folder, 'python3');
    writeFileSync(python, '#!/bin/sh\necho 3 11 False\n');
    chmodSync(python, 0o755);
    const outcome = bootstrap({
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      HONYAKU_HOME: join(folder, 'home'),
    });
    expect(outcome.stderr).toContain('pip for python3 (apt-get install python3-pip)');
  });
});

describe('homeFolder', () => {
  const home = process.env['HOME'] ?? '';
  it.each([{ HONYAKU_HOME: '/a/b', HOME: home }, { XDG_CACHE_HOME: '/c', HOME: home }, { HOME: home }])(
    'is the folder of installedPaths for %j',
    (environment) => {
      const script = `import { homeFolder } from './home.mjs'; console.log(JSON.stringify(homeFolder()))`;
      expect(evaluate(script, environment)).toBe(installedPaths(environment).home);
    },
  );
});
