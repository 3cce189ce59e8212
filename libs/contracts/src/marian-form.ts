/**
 * The form in which OPUS-MT's models are published: what Hugging Face's `MarianMTModel` and `MarianTokenizer` read beside
 * the weights, the two SentencePiece models and `vocab.json`, which are files of a bundle as they are.
 */
import { InvalidInput } from './errors.ts';
import { withDefaults } from './hyperparameters.ts';
import { marianArchitecture, marianEnd } from './marian-config.ts';
import { type BundleConfig } from './records.ts';

/** The names that Hugging Face's classes look for. */
export const marianFileNames = {
  model: 'model.safetensors',
  source: 'source.spm',
  target: 'target.spm',
  vocabulary: 'vocab.json',
} as const;

/** The table of positions is as long as OPUS-MT's at least; it is computed, and has no weights. */
const leastPositions = 512;

/**
 * @param form that was asked for: Marian's, or one that is made of it
 * @throws InvalidInput when Marian's form cannot hold the bundle
 */
export function requireMarianForm({ sweepId, hyperparameters, files }: BundleConfig, form = 'marian'): void {
  const { network } = withDefaults(hyperparameters);
  const refuse = (what: string) =>
    new InvalidInput(
      `the best of ${sweepId} ${what}, and the form ${form} holds only a Transformer with one vocabulary for both ` +
        'languages (network: transformer, dataset.vocabulary: joint); the form bundle holds every network',
    );
  if (network !== 'transformer') throw refuse(`is a ${network} network`);
  if (!files.vocabulary) throw refuse('has a vocabulary for each language');
}

/**
 * Texts of the JSON files by their names, `config.json` last.
 * @param maxTokens of a sentence that the network was trained on, without its end: `dataset.maxTokens`
 * @throws InvalidInput as `requireMarianForm`
 */
export function marianTexts(config: BundleConfig, maxTokens: number): ReadonlyMap<string, string> {
  requireMarianForm(config);
  const texts = {
    'generation_config.json': generationConfig(config, maxTokens),
    'tokenizer_config.json': tokenizerConfig(config, maxTokens),
    'config.json': networkConfig(config, maxTokens),
  };
  return new Map(Object.entries(texts).map(([name, json]) => [name, `${JSON.stringify(json, null, 2)}\n`]));
}

function networkConfig(config: BundleConfig, maxTokens: number) {
  const all = withDefaults(config.hyperparameters);
  const { rows, start } = rowsOf(config);
  return {
    architectures: ['MarianMTModel'],
    model_type: 'marian',
    is_encoder_decoder: true,
    dtype: 'float32',
    vocab_size: rows,
    decoder_vocab_size: rows,
    ...marianArchitecture(all),
    dropout: all.dropout,
    attention_dropout: all.attentionDropout,
    activation_dropout: all.activationDropout,
    encoder_layerdrop: all.layerDropout,
    decoder_layerdrop: all.layerDropout,
    max_position_embeddings: Math.max(leastPositions, longestRow(maxTokens)),
    scale_embedding: true,
    share_encoder_decoder_embeddings: true,
    tie_word_embeddings: true,
    bos_token_id: marianEnd,
    eos_token_id: marianEnd,
    pad_token_id: start,
    decoder_start_token_id: start,
    forced_eos_token_id: null,
    use_cache: true,
  };
}

/** Greedy, as translations are by default here; beams are the caller's choice. */
function generationConfig(config: BundleConfig, maxTokens: number) {
  const { start } = rowsOf(config);
  return {
    bos_token_id: marianEnd,
    eos_token_id: marianEnd,
    pad_token_id: start,
    decoder_start_token_id: start,
    // The decoder starts from it, and no translation has it.
    bad_words_ids: [[start]],
    forced_eos_token_id: null,
    max_length: longestRow(maxTokens),
    num_beams: 1,
  };
}

function tokenizerConfig({ corpus: { sourceLanguage, targetLanguage } }: BundleConfig, maxTokens: number) {
  return {
    tokenizer_class: 'MarianTokenizer',
    source_lang: sourceLanguage,
    target_lang: targetLanguage,
    separate_vocabs: false,
    unk_token: '<unk>',
    eos_token: '</s>',
    pad_token: '<pad>',
    model_max_length: maxTokens + 1,
    clean_up_tokenization_spaces: false,
  };
}

/** Of the embedding matrix, which has none for our padding; the decoder starts from the last, Marian's `<pad>`. */
function rowsOf({ vocabularySize: { target } }: BundleConfig): {
  readonly rows: number;
  readonly start: number;
} {
  return { rows: target - 1, start: target - 2 };
}

/** What a decoder reads and writes: its first token, those of the sentence, and the end. */
function longestRow(maxTokens: number): number {
  return maxTokens + 2;
}
