import { exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { testText } from './held-out-text.ts';

describe('held-out metrics in words', () => {
  it('are perplexity and BLEU', () => {
    expect(testText(exampleHeldOut(61.371))).toBe('61.37, BLEU 12.30');
  });

  it('raise the alarm when the translations have collapsed, whatever the perplexity', () => {
    const { translations } = exampleHeldOut(20);
    const collapsed = exampleHeldOut(20, {
      translations: { ...translations, collapse: ['repeated', 'identical'] },
    });
    expect(testText(collapsed)).toBe(
      '20.00, BLEU 12.30 (translations collapsed: words follow themselves, they are all alike)',
    );
  });
});
