export { bitsPerCharacter, countReferenceCharacters } from './bits-per-character.ts';
export { type BleuOptions, type BleuScore, type BleuSmoothing, bleu, bleuMetric } from './bleu.ts';
export {
  type BootstrapOptions,
  type BootstrapScore,
  bootstrap,
  type PairedBootstrap,
  pairedBootstrap,
} from './bootstrap.ts';
export { type ChrfOptions, type ChrfScore, chrf2, chrfMetric } from './chrf.ts';
export { type CorpusMetric, type CorpusStatistics, corpusStatistics } from './corpus-statistics.ts';
export { type BleuTokenization, bleuTokenizationFor } from './tokenization.ts';
export {
  type CollapseSign,
  type TranslationHealth,
  type TranslationHealthOptions,
  healthThresholds,
  translationHealth,
} from './translation-health.ts';
