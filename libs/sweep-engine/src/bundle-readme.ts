/** The README.md of the best bundle, for readers who find the folder without knowing where it came from. */
import { type BundleConfig } from '@honyaku/contracts';

export function bundleReadme(config: BundleConfig): string {
  const { trialId, epoch, heldOut, hyperparameters, vocabularySize, corpus, sweepId } = config;
  const { bleu, chrf } = heldOut.translations;
  const settings = Object.entries(hyperparameters).map(([name, value]) => `| ${name} | ${value} |`);
  return `# ${corpus.sourceLanguage} → ${corpus.targetLanguage} translation model

The best checkpoint of the honyaku sweep \`${sweepId}\`: trial \`${trialId}\`, epoch ${epoch},
held-out perplexity ${heldOut.perplexity} over ${heldOut.targetTokens} tokens,
${heldOut.bitsPerCharacter} bits per character. Greedy translations of ${heldOut.translations.sentences} held-out sentences:

- BLEU ${bleu.score.toFixed(2)} (95% interval ${bleu.low.toFixed(2)} to ${bleu.high.toFixed(2)}), brevity penalty ${bleu.brevityPenalty.toFixed(3)}: ${bleu.signature}
- chrF2 ${chrf.score.toFixed(2)}: ${chrf.signature}

| hyperparameter | value |
|---|---|
${settings.join('\n')}
| source vocabulary | ${vocabularySize.source} |
| target vocabulary | ${vocabularySize.target} |

## Files
- \`model.safetensors\`: the weights, named as the PyTorch reference names them
- \`source.model\`, \`target.model\`: SentencePiece models of both languages (unk 0, bos 1, eos 2, pad 3)
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
