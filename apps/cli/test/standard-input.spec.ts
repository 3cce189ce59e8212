/** The command as a process of its own, with a real pipe for its standard input. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TranslateRequest, TranslateResponse, fromJson, toJson } from '@honyaku/contracts';
import { expect, it } from 'vitest';
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
