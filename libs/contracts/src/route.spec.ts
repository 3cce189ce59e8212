import { describe, expect, it } from 'vitest';
import { InvalidInput } from './errors.ts';
import { urlOf } from './route.ts';
import { routes } from './routes.ts';

describe('the address of a request', () => {
  it('has its parameters in path and query', () => {
    expect(urlOf(routes.pin, { id: 'tiny-4f9a1c-0001', epoch: 7 })).toBe(
      '/v1/trials/tiny-4f9a1c-0001/epochs/7/pin',
    );
    expect(urlOf(routes.log, { id: 'tiny-4f9a1c', after: 3 })).toBe('/v1/sweeps/tiny-4f9a1c/log?after=3');
  });

  it.each(['', '.', '..', 'a/b', 'A B'])('is of no other route for the id %j', (id) => {
    const attempts = [
      () => urlOf(routes.sweep, { id }),
      () => urlOf(routes.log, { id }),
      () => urlOf(routes.trial, { id }),
      () => urlOf(routes.corpus, { digest: id }),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(InvalidInput);
    expect(attempts[0]).toThrow(`sweep id ${JSON.stringify(id)}: not a sweep id`);
  });
});
