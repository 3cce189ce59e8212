/** Which job format a payload's settings require: an earlier worker leaves out a setting that it does not know. */
import { isDeepStrictEqual } from 'node:util';
import { DatasetSettings } from './dataset.ts';
import { type Hyperparameters, defaultHyperparameters, withDefaults } from './hyperparameters.ts';
import { type TrialConfig } from './records.ts';
import { RuntimeSettings } from './sweep-spec.ts';

type FormatOf<Settings> = { readonly [Name in keyof Required<Settings>]: number };

/** The job format since which each setting is known: a setting without a row here does not compile. */
const datasetFormats: FormatOf<DatasetSettings> = {
  vocabularySize: 1,
  vocabulary: 7,
  characterCoverage: 10,
  tokenizers: 12,
  maxPairs: 1,
  testFraction: 1,
  maxTokens: 1,
  seed: 1,
  languages: 2,
  split: 6,
  published: 6,
  cleaning: 9,
};
const trialFormats: FormatOf<TrialConfig> = {
  hyperparameters: 1,
  seed: 1,
  epochs: 1,
  runtime: 1,
  dataset: 1,
  start: 12,
};
const runtimeFormats: FormatOf<RuntimeSettings> = { threads: 1, onednn: 1, kernels: 3, precision: 4 };
const hyperparameterFormats: FormatOf<Hyperparameters> = {
  embeddingSize: 1,
  hiddenSize: 1,
  layers: 1,
  cell: 1,
  residual: 1,
  bidirectional: 1,
  attention: 1,
  inputFeeding: 1,
  tiedEmbeddings: 1,
  topState: 1,
  dropout: 1,
  learningRate: 1,
  batchSize: 1,
  batching: 1,
  batchTokens: 1,
  accumulation: 1,
  labelSmoothing: 1,
  clipNorm: 1,
  weightDecay: 1,
  schedule: 1,
  warmupSteps: 1,
  patience: 1,
  averageDecay: 1,
  averageBest: 1,
  subwordAlpha: 1,
  network: 7,
  encoderLayers: 7,
  decoderLayers: 7,
  heads: 7,
  feedForwardSize: 7,
  activation: 7,
  attentionDropout: 7,
  activationDropout: 7,
  layerDropout: 7,
  wordDropout: 7,
  embeddingStd: 7,
  freeze: 8,
};

const defaultSettings = DatasetSettings.parse({});
const defaultRuntime = RuntimeSettings.parse({});
const allDefaults = withDefaults(defaultHyperparameters);

/** What earlier workers read as a language. */
const plainLanguage = /^[a-z]{2,3}$/;
/** The job format since which a language may have a script and a region. */
const tagFormat = 10;

/** The job format that a worker must know to build the dataset. */
export function formatOfDataset(settings: DatasetSettings): number {
  const languages = Object.values(settings.languages ?? {});
  const ofLanguages = languages.every((language) => plainLanguage.test(language)) ? 1 : tagFormat;
  return Math.max(ofLanguages, highest(datasetFormats, settings, defaultSettings));
}

/** The job format that a worker must know to train or evaluate the trial. */
export function formatOfTrial(config: TrialConfig): number {
  return Math.max(
    highest(trialFormats, config, {}),
    highest(runtimeFormats, config.runtime, defaultRuntime),
    highest(hyperparameterFormats, config.hyperparameters, allDefaults),
  );
}

/** A setting at its default requires nothing: without it a worker does the same. */
function highest(
  formats: Readonly<Record<string, number>>,
  settings: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): number {
  const set = Object.entries(settings).filter(([name, value]) => !isDeepStrictEqual(value, defaults[name]));
  return Math.max(1, ...set.map(([name]) => formats[name] ?? 1));
}
