import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { chrf2 } from './chrf.ts';

describe('chrf2', () => {
  it('gives the signature as sacreBLEU prints it, of chrF2 and of chrF2++', () => {
    expect(chrf2(['a'], ['a']).signature).toBe('nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.5.1');
    expect(chrf2(['a'], ['a'], { wordOrder: 2 }).signature).toBe(
      'nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.5.1',
    );
  });

  it('does not see how the text is spaced', () => {
    expect(chrf2(['きょう は はれ'], ['きょうははれ']).score).toBe(100);
  });

  it('weighs a missing character more than one too many', () => {
    expect(chrf2(['abcdefgh'], ['abcdefghi']).score).toBeLessThan(chrf2(['abcdefghi'], ['abcdefgh']).score);
  });

  it('refuses lists that do not pair up', () => {
    expect(() => chrf2(['a', 'b'], ['a'])).toThrow(InvalidInput);
  });
});
