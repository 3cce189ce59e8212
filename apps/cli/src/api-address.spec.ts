import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@honyaku/client';
import { exampleSweep, sweepId } from '@honyaku/client/example-sweep';
import { FakeApi } from '@honyaku/client/fake-api';
import { InvalidInput, SweepView, routes, toJson } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { findApi, writeAddressFile } from './api-address.ts';

describe('the address of an API', () => {
  it('keeps the path of the address', async () => {
    const api = await FakeApi.start();
    api.onJson(`GET /honyaku/v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('running')));
    for (const url of [`${api.url}/honyaku`, `${api.url}/honyaku/`]) {
      const address = await findApi({ api: url, environment: {}, folder: '/' });
      expect((await new ApiClient(address).call(routes.sweep, { id: sweepId })).id).toBe(sweepId);
    }
  });

  it.each(['http://user:secret@h/', 'http://h/?tenant=1', 'http://h/#x', 'ftp://h', 'h:7400'])(
    'is not made for an address whose parts it could not keep: %s',
    async (url) => {
      const attempt = findApi({ api: url, environment: {}, folder: '/' });
      await expect(attempt).rejects.toThrow(InvalidInput);
      await expect(attempt).rejects.not.toThrow(/secret/);
    },
  );
});

const environment = { HONYAKU_API_URL: 'http://127.0.0.1:7400\n' };
const find = (token: string) =>
  findApi({ environment: { ...environment, HONYAKU_API_TOKEN: token }, folder: '/nowhere' });

it('drops the line break that a file has after an address and a token', async () => {
  expect(await find('0123456789abcdef\n')).toEqual({
    url: 'http://127.0.0.1:7400',
    token: '0123456789abcdef',
  });
});

it('names the token when it can be none, and does not repeat it', async () => {
  for (const token of ['', 'a sécret of some length', 'two-lines-of-\nsecret']) {
    const failure: unknown = await find(token).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidInput);
    expect(String(failure)).toContain('HONYAKU_API_TOKEN');
    expect(String(failure)).not.toMatch(/s[eé]cret/);
  }
});

it.each(['', '{"url":"http://127.0', '{"url":"ftp://h"}'])(
  'does not take %j, which a loss of power or a stranger left, for the file of a running `up`',
  async (text) => {
    const folder = await mkdtemp(join(tmpdir(), 'address-'));
    try {
      await mkdir(join(folder, '.honyaku'));
      await writeFile(join(folder, '.honyaku', 'api.json'), text);
      await expect(findApi({ environment: {}, folder })).rejects.toThrow(/no API is known here/);
      await writeAddressFile(join(folder, '.honyaku'), { url: 'http://127.0.0.1:7400' });
      expect(await findApi({ environment: {}, folder })).toEqual({ url: 'http://127.0.0.1:7400' });
      expect(await readdir(join(folder, '.honyaku'))).toEqual(['api.json']);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
