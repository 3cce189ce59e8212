import { InvalidInput } from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bleu } from './bleu.ts';

describe('bleu', () => {
  it('gives the signature as sacreBLEU prints it', () => {
    expect(bleu(['a'], ['a']).signature).toBe('nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.5.1');
    expect(bleu(['a'], ['a'], { smoothing: 'add-k', effectiveOrder: true }).signature).toBe(
      'nrefs:1|case:mixed|eff:yes|tok:13a|smooth:add-k[1.00]|version:2.5.1',
    );
  });

  it('is 100 for hypotheses that are the references, whatever they say in four words or more', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 4 }), { minLength: 1, maxLength: 5 }), (sentences) => {
        const texts = sentences.map((words) => words.join(' '));
        expect(bleu(texts, texts).score).toBeCloseTo(100, 9);
      }),
    );
  });

  it('stays between 0 and 100 for any text', () => {
    const texts = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(texts, fc.constantFrom('13a', 'char', 'zh', 'intl', 'none'), (pairs, tokenization) => {
        const { score } = bleu(
          pairs.map(([hypothesis]) => hypothesis),
          pairs.map(([, reference]) => reference),
          { tokenization },
        );
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100 + 1e-9);
      }),
    );
  });

  it('tokenizes a long run of spaces in linear time', () => {
    const text = `a${' '.repeat(200_000)}b`;
    const start = process.cpuUsage();
    bleu([text], [text]);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(5);
  });

  it('refuses lists that do not pair up, empty lists and a smoothing value that is not positive', () => {
    expect(() => bleu(['a', 'b'], ['a'])).toThrow(InvalidInput);
    expect(() => bleu([], [])).toThrow(InvalidInput);
    for (const smoothingValue of [0, -1, NaN, Infinity]) {
      expect(() => bleu(['a'], ['a'], { smoothing: 'floor', smoothingValue })).toThrow(InvalidInput);
    }
  });
});
