/** The command as a process of its own, with real pipes and devices for its standard streams. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SweepList, TranslateRequest, TranslateResponse, fromJson, toJson } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { sweepId } from '@honyaku/client/example-sweep';
import { FakeApi } from '@honyaku/client/fake-api';

const program = fileURLToPath(new URL('../bin/honyaku.mjs', import.meta.url));

it('translate names a sweep that does not exist, also for blank lines alone', async () => {
  const api = await FakeApi.start();
  try {
    const body = JSON.stringify({ error: 'NotFound', message: 'there is no such sweep' });
    api.onJson(`GET /v1/sweeps/${sweepId}`, body, 404);
    const command = spawn(process.execPath, [program, '--api', api.url, 'translate', sweepId]);
    command.stdin.end('\n\n');
    const [printed, reason] = await Promise.all([text(command.stdout), text(command.stderr)]);
    expect([printed, reason]).toEqual(['', expect.stringContaining('there is no such sweep')]);
  } finally {
    await api.close();
  }
});

it('translate prints as many lines as it reads, on whatever version of Node', async () => {
  const api = await FakeApi.start();
  try {
    api.on(`POST /v1/sweeps/${sweepId}/translate`, (_request, response, body) => {
      const { sentences } = fromJson(TranslateRequest, body, 'body');
      const translations = sentences.map((source) => ({ source, output: source.toUpperCase() }));
      response.end(toJson(TranslateResponse, { trialId: `${sweepId}-0001`, epoch: 1, translations }));
    });
    const command = spawn(process.execPath, [program, '--api', api.url, 'translate', sweepId], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    command.stdin.end('one\n\ntwo\rthree\nfour\u2028five\nsix');
    expect(await text(command.stdout)).toBe('ONE\n\nTWO\rTHREE\nFOUR\u2028FIVE\nSIX\n');
  } finally {
    await api.close();
  }
});

it('says in a checkout without packages how to install them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-empty-'));
  try {
    const copy = join(folder, 'honyaku.mjs');
    await copyFile(program, copy);
    const command = spawn(process.execPath, [copy, 'ls'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [reason, [code]] = await Promise.all([text(command.stderr), once(command, 'exit')]);
    expect([reason, code]).toEqual([expect.stringMatching(/^honyaku: .*`npm run setup`\n$/), 1]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('a standard stream that cannot be written', () => {
  const withFullDisk = async (start: (full: number) => ChildProcess) => {
    const full = openSync('/dev/full', 'w');
    const command = start(full);
    closeSync(full);
    const [printed, notices, [code]] = await Promise.all([
      command.stdout && text(command.stdout),
      command.stderr && text(command.stderr),
      once(command, 'exit'),
    ]);
    return { code, printed, notices };
  };

  it('ends the command with one line where it is that of results', async () => {
    const api = await FakeApi.start();
    api.onJson('GET /v1/sweeps', toJson(SweepList, { sweeps: [] }));
    try {
      const ended = await withFullDisk((full) =>
        spawn(process.execPath, [program, '--api', api.url, 'ls'], { stdio: ['ignore', full, 'pipe'] }),
      );
      expect(ended).toMatchObject({
        code: 1,
        notices: 'honyaku: standard output cannot be written: the disk is full\n',
      });
    } finally {
      await api.close();
    }
  });

  it('loses the notices, and nothing else, where it is that of notices', async () => {
    const api = await FakeApi.start();
    answerTruncated(api);
    try {
      const words = ['--api', api.url, 'translate', sweepId, 'one', 'two'];
      const ended = await withFullDisk((full) =>
        spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', full] }),
      );
      expect(ended).toMatchObject({ code: 0, printed: 'ONE\nTWO\n' });

      const command = spawn(process.execPath, [program, ...words]);
      command.stderr.destroy();
      expect(await text(command.stdout)).toBe('ONE\nTWO\n');
    } finally {
      await api.close();
    }
  });
});

/** Translations in capitals, each with a notice. */
function answerTruncated(api: FakeApi): void {
  api.on(`POST /v1/sweeps/${sweepId}/translate`, (_request, response, body) => {
    const { sentences } = fromJson(TranslateRequest, body, 'body');
    const translations = sentences.map((source) => ({
      source,
      output: source.toUpperCase(),
      truncated: true as const,
    }));
    response.end(toJson(TranslateResponse, { trialId: `${sweepId}-0001`, epoch: 1, translations }));
  });
}
