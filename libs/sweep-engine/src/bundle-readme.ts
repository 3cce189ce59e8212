/** The README.md of the best bundle. */
import { type BundleConfig, type DatasetReport, type HeldOutMetrics } from '@honyaku/contracts';

/** Names the network whose weights they are, and how their rows are to be understood. */
function weightsLines({ hyperparameters: { network } }: BundleConfig): string {
  return network === 'transformer'
    ? "- `model.safetensors`: the weights, named and ordered as those of Hugging Face's `MarianMTModel`"
    : '- `model.safetensors`: the weights, named as the PyTorch reference names them';
}

/** What the ids of the tokenizers are, and the vocabulary's file. */
function vocabularyLines({ files, hyperparameters: { network } }: BundleConfig): string {
  if (!files.vocabulary)
    return '- `source.model`, `target.model`: SentencePiece models of both languages (unk 0, bos 1, eos 2, pad 3)';
  const ids =
    network === 'transformer'
      ? 'The rows of the weights\n  are in its order'
      : "Those of the weights\n  have unk 0, bos 1, eos 2 and pad 3 first: a piece's is that of the file + 2";
  return `- \`source.model\`, \`target.model\`: SentencePiece models of both languages
- \`vocab.json\`: ids of their pieces, the same for both languages, in the form of Marian's models. ${ids}`;
}

/** How a reader of the folder loads it, with ids that are the network's. */
function pytorchLines({ sweepId, files, hyperparameters: { network } }: BundleConfig): string {
  if (network === 'transformer')
    return `## In Hugging Face's transformers
\`honyaku best ${sweepId} --format marian --output DIR\` writes the folder as an OPUS-MT model:
\`\`\`python
from transformers import MarianMTModel, MarianTokenizer

tokenizer = MarianTokenizer.from_pretrained("DIR")
model = MarianMTModel.from_pretrained("DIR")
rows = tokenizer(["…"], padding=True, return_tensors="pt")
print(tokenizer.batch_decode(model.generate(**rows), skip_special_tokens=True))
\`\`\``;
  const ids = files.vocabulary
    ? `
vocabulary = json.load(open("vocab.json"))
ids = [vocabulary[piece] + 2 for piece in source.encode("…", out_type=str) if piece in vocabulary]`
    : '';
  return `## In PyTorch
\`\`\`python
import json, sentencepiece
from safetensors.torch import load_file

config = json.load(open("config.json"))
weights = load_file("model.safetensors")
model.load_state_dict(weights, strict=True)  # a Seq2Seq of the sizes in config["hyperparameters"]
source = sentencepiece.SentencePieceProcessor(model_file="source.model")${ids}
\`\`\``;
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
${weightsLines(config)}
${vocabularyLines(config)}
- \`config.json\`: everything above in machine-readable form, with the sha256 of each file

${pytorchLines(config)}

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
    return `held-out ${lossesOf(heldOut)}. ${searchOf(heldOut)} of ${heldOut.translations.sentences} held-out sentences:

${scoresOf(heldOut, lookUp?.dev ?? lookUp?.test)}`;
  return `chosen by its dev set: ${lossesOf(heldOut)}, BLEU ${heldOut.translations.bleu.score.toFixed(2)}.

On its test set: ${lossesOf(test)}. ${searchOf(test)} of ${test.translations.sentences} test sentences:

${scoresOf(test, lookUp?.test)}`;
}

function searchOf({ translations: { beam } }: HeldOutMetrics): string {
  if (!beam) return 'Greedy translations';
  return `Translations by beam search (beam ${beam.size}, length penalty ${beam.lengthPenalty})`;
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
