/** Records, events and the files of the best bundle that follow from other records alone. */
import {
  type BestEpoch,
  type BundleConfig,
  type DatasetManifest,
  type DatasetReport,
  type EpochRecord,
  type EvaluationRecord,
  type HeldOutMetrics,
  type SweepEvent,
  type TrialId,
  type TrialRecord,
} from '@honyaku/contracts';
import { type EpochFlow } from './decisions/flows.ts';

/** Names of the files in a bundle. */
export const bundleFiles = {
  model: 'model.safetensors',
  source: 'source.model',
  target: 'target.model',
  vocabulary: 'vocab.json',
} as const;

/** The plan of a trial, as it is stored before the first of its flows. @param createdAt of its sweep */
export function trialRecordOf(
  { trialId, sweepId, config }: Pick<EpochFlow, 'trialId' | 'sweepId' | 'config'>,
  createdAt: string,
): TrialRecord {
  return { id: trialId, sweepId, config, createdAt };
}

/**
 * What both records of an epoch tell its sweep. Translations that were cut stay in the evaluation's record: version
 * 0.1.0 refuses logs and rows with their number.
 */
export function epochCommitted(
  trialId: TrialId,
  { epoch, metrics: train, provenance, files }: EpochRecord,
  evaluation: EvaluationRecord,
): Extract<SweepEvent, { type: 'epoch-committed' }> {
  return {
    type: 'epoch-committed',
    trialId,
    epoch: {
      epoch,
      train,
      heldOut: evaluation.metrics,
      model: files.model.sha256,
      worker: provenance.worker,
      ...(provenance.kernels === undefined ? {} : { kernels: provenance.kernels }),
      committedAt: evaluation.committedAt,
    },
  };
}

/** What the `config.json` of the best bundle says. The model is the average of several epochs where one was made. */
export function bundleConfigOf(
  sweepId: string,
  { trialId, epoch, heldOut, test }: BestEpoch,
  records: {
    readonly trained: EpochRecord;
    readonly evaluated: EvaluationRecord;
    readonly dataset: DatasetManifest;
  },
): BundleConfig {
  const { trained, dataset } = records;
  const { hyperparameters } = trained.config;
  const { source, target } = dataset.tokenizers;
  const { vocabulary } = dataset;
  return {
    version: 1,
    sweepId,
    trialId,
    epoch,
    hyperparameters,
    vocabularySize: dataset.vocabularySize,
    heldOut,
    ...(test === undefined ? {} : { test }),
    corpus: dataset.corpus,
    files: {
      model: { ...modelOf(records), key: bundleFiles.model },
      source: { ...source, key: bundleFiles.source },
      target: { ...target, key: bundleFiles.target },
      ...(vocabulary ? { vocabulary: { ...vocabulary, key: bundleFiles.vocabulary } } : {}),
    },
  };
}

/** The weights that the evaluation measured. */
export function modelOf({
  trained,
  evaluated,
}: {
  readonly trained: EpochRecord;
  readonly evaluated: EvaluationRecord;
}): EpochRecord['files']['model'] {
  return evaluated.average?.model ?? trained.files.model;
}

/** What the ids of the tokenizers are, and the vocabulary's file. */
function vocabularyLines({ files }: BundleConfig): string {
  if (!files.vocabulary)
    return '- `source.model`, `target.model`: SentencePiece models of both languages (unk 0, bos 1, eos 2, pad 3)';
  return `- \`source.model\`, \`target.model\`: SentencePiece models of both languages
- \`vocab.json\`: ids of their pieces, the same for both languages, in the form of Marian's models. Those of the weights
  have unk 0, bos 1, eos 2 and pad 3 first: a piece's is that of the file + 2`;
}

/**
 * The README.md of the best bundle, for readers who find the folder without knowing where it came from.
 * @param lookUp BLEU of the look-up in the training pairs, if the dataset's report has it
 */
export function bundleReadme(config: BundleConfig, lookUp?: DatasetReport['lookUp']): string {
  const { trialId, epoch, hyperparameters, vocabularySize, corpus, sweepId } = config;
  const settings = Object.entries(hyperparameters).map(([name, value]) => `| ${name} | ${value} |`);
  return `# ${corpus.sourceLanguage} → ${corpus.targetLanguage} translation model

The best checkpoint of the honyaku sweep \`${sweepId}\`: trial \`${trialId}\`, epoch ${epoch},
${resultsOf(config, lookUp)}

| hyperparameter | value |
|---|---|
${settings.join('\n')}
| source vocabulary | ${vocabularySize.source} |
| target vocabulary | ${vocabularySize.target} |

## Files
- \`model.safetensors\`: the weights, named as the PyTorch reference names them
${vocabularyLines(config)}
- \`config.json\`: everything above in machine-readable form, with the sha256 of each file

## In PyTorch
\`\`\`python
import json, sentencepiece
from safetensors.torch import load_file

config = json.load(open("config.json"))
weights = load_file("model.safetensors")
model.load_state_dict(weights, strict=True)  # a Seq2Seq of the sizes in config["hyperparameters"]
source = sentencepiece.SentencePieceProcessor(model_file="source.model")
\`\`\`

## In honyaku
\`\`\`
honyaku translate ${sweepId} "…"
\`\`\`

## Corpus
${corpus.name}, ${corpus.pairs} sentence pairs. Licence: ${corpus.licence}
Whoever passes this model on names the corpus and its licence.
`;
}

/** The results of the test set, after those of the dev set by which the checkpoint was chosen, if there is one. */
function resultsOf({ heldOut, test }: BundleConfig, lookUp: DatasetReport['lookUp']): string {
  // Where there is a dev set, the epochs are evaluated on it.
  if (!test)
    return `held-out ${lossesOf(heldOut)}. Greedy translations of ${heldOut.translations.sentences} held-out sentences:

${scoresOf(heldOut, lookUp?.dev ?? lookUp?.test)}`;
  return `chosen by its dev set: ${lossesOf(heldOut)}, BLEU ${heldOut.translations.bleu.score.toFixed(2)}.

On its test set: ${lossesOf(test)}. Greedy translations of all ${test.translations.sentences} test sentences:

${scoresOf(test, lookUp?.test)}`;
}

function lossesOf({ perplexity, targetTokens, bitsPerCharacter }: HeldOutMetrics): string {
  return `perplexity ${perplexity} over ${targetTokens} tokens,
${bitsPerCharacter} bits per character`;
}

function scoresOf({ translations: { bleu, chrf } }: HeldOutMetrics, lookUp: number | undefined): string {
  const floor =
    lookUp === undefined
      ? ''
      : `\n- look-up (the target of the most similar training sentence): BLEU ${lookUp.toFixed(2)}`;
  return `- BLEU ${bleu.score.toFixed(2)} (95% interval ${bleu.low.toFixed(2)} to ${bleu.high.toFixed(2)}), brevity penalty ${bleu.brevityPenalty.toFixed(3)}: ${bleu.signature}
- chrF2 ${chrf.score.toFixed(2)}: ${chrf.signature}${floor}`;
}
