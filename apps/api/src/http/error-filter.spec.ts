import { open, writeFile } from 'node:fs/promises';
import { Corrupt, InvalidInput, NotFound, Unavailable } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { answerTo } from './error-filter.ts';

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the answer to an error', () => {
  it('has the kind and the message of an error of ours', () => {
    expect(answerTo(new InvalidInput('sweep: trials: too many'))).toEqual({
      status: 400,
      body: { error: 'InvalidInput', message: 'sweep: trials: too many' },
    });
    expect(answerTo(new NotFound('there is no sweep a-1')).status).toBe(404);
    expect(answerTo(new Corrupt('sweeps/a-1/sweep.json is not JSON')).status).toBe(500);
  });

  it('names the code, but no path, of a full disk or a missing file', async () => {
    const full = await errorOf(writeFile('/dev/full', 'x'));
    const missing = await errorOf(open('/tmp/honyaku-corpus-none/pairs.tsv'));
    const stored = new Unavailable('x: the file cannot be used: /tmp/honyaku-corpus-none', {
      cause: missing,
    });
    for (const [error, code] of [
      [full, 'ENOSPC'],
      [missing, 'ENOENT'],
      [stored, 'ENOENT'],
    ] as const)
      expect(answerTo(error)).toEqual({
        status: 503,
        body: {
          error: 'Unavailable',
          message: `the API cannot use its own disk (${code}); see its log`,
        },
      });
  });

  it('discloses nothing of an unexpected error', () => {
    for (const error of [
      new Error('at /srv/honyaku/x.ts:1'),
      new TypeError('x is undefined'),
      'thrown',
      null,
    ])
      expect(answerTo(error)).toEqual({
        status: 500,
        body: { error: 'Bug', message: 'internal error; see the log of the API' },
      });
  });
});
