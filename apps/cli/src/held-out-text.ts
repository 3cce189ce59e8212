/** Held-out metrics in words. */
import { type HeldOutMetrics } from '@honyaku/contracts';
import { perplexityText } from './numbers.ts';

const signs = {
  repeated: 'words follow themselves',
  dominant: 'one word fills them',
  identical: 'they are all alike',
} as const;

/** Test perplexity and BLEU, such as `61.37, BLEU 12.30`, with the alarm if the translations have collapsed. */
export function testText({ perplexity, translations }: HeldOutMetrics): string {
  const alarm = collapseText(translations);
  const scores = `${perplexityText(perplexity)}, BLEU ${scoreText(translations.bleu.score)}`;
  return alarm === '' ? scores : `${scores} (${alarm})`;
}

/** Two decimals, as scores are compared. */
export function scoreText(score: number): string {
  return score.toFixed(2);
}

/** Such as `12 of 2000 held-out translations were cut before their end`; empty when none was. */
export function truncationText({ truncated = 0, sentences }: HeldOutMetrics['translations']): string {
  if (truncated === 0) return '';
  return `${truncated} of ${sentences} held-out translations were cut before their end`;
}

/** Empty when the translations have not collapsed. */
export function collapseText({ collapse }: HeldOutMetrics['translations']): string {
  if (collapse.length === 0) return '';
  return `translations collapsed: ${collapse.map((sign) => signs[sign]).join(', ')}`;
}
