import { exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { testText, truncationText } from './texts.ts';

describe('held-out metrics in words', () => {
  it('are perplexity and BLEU', () => {
    expect(testText(exampleHeldOut(61.371))).toBe('61.37, BLEU 12.30');
  });

  it('name how many translations were cut, and nothing where none was or nobody counted', () => {
    const { translations } = exampleHeldOut(20);
    expect(truncationText({ ...translations, truncated: 7 })).toBe(
      '7 of 20 held-out translations were cut before their end',
    );
    expect(truncationText({ ...translations, truncated: 0 })).toBe('');
    expect(truncationText(translations)).toBe('');
  });

  it('raise the alarm when the translations have collapsed, whatever the perplexity', () => {
    const { translations } = exampleHeldOut(20);
    const collapsed = exampleHeldOut(20, {
      translations: { ...translations, collapse: ['repeated', 'identical'] },
    });
    expect(testText(collapsed)).toBe(
      '20.00, BLEU 12.30 (translations collapsed: words repeat, all are identical)',
    );
  });
});
