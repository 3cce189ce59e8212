import { InvalidInput } from '@honyaku/contracts';
import { expect, it } from 'vitest';
import { findApi } from './api-address.ts';

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
