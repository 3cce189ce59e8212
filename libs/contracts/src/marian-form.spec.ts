import { describe, expect, it } from 'vitest';
import { exampleBundle } from '../test/examples.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId } from './identifiers.ts';
import { marianTexts } from './marian-form.ts';

const sweep = SweepId.parse('first-0123456789abcdef');

function bundle(settings: Partial<Hyperparameters> = {}) {
  const example = exampleBundle(sweep, 1);
  const vocabulary = { key: 'vocab.json', bytes: 1, sha256: example.corpus.digest };
  return {
    ...example,
    hyperparameters: Hyperparameters.parse({ network: 'transformer', ...settings }),
    // 5 pieces after our four special tokens.
    vocabularySize: { source: 9, target: 9 },
    files: { ...example.files, vocabulary },
  };
}

function written(name: string, settings: Partial<Hyperparameters> = {}, maxTokens = 100): unknown {
  return JSON.parse(marianTexts(bundle(settings), maxTokens).get(name) ?? '');
}

describe("Marian's form of a bundle", () => {
  it("has the network's settings by Hugging Face's names", () => {
    const settings = {
      hiddenSize: 96,
      encoderLayers: 3,
      decoderLayers: 1,
      heads: 6,
      feedForwardSize: 200,
      activation: 'relu',
      dropout: 0.3,
      attentionDropout: 0.1,
      activationDropout: 0.05,
      layerDropout: 0.2,
    } as const;
    expect(written('config.json', settings)).toEqual({
      architectures: ['MarianMTModel'],
      model_type: 'marian',
      is_encoder_decoder: true,
      dtype: 'float32',
      vocab_size: 8,
      decoder_vocab_size: 8,
      d_model: 96,
      encoder_layers: 3,
      decoder_layers: 1,
      encoder_attention_heads: 6,
      decoder_attention_heads: 6,
      encoder_ffn_dim: 200,
      decoder_ffn_dim: 200,
      activation_function: 'relu',
      dropout: 0.3,
      attention_dropout: 0.1,
      activation_dropout: 0.05,
      encoder_layerdrop: 0.2,
      decoder_layerdrop: 0.2,
      max_position_embeddings: 512,
      scale_embedding: true,
      share_encoder_decoder_embeddings: true,
      tie_word_embeddings: true,
      bos_token_id: 0,
      eos_token_id: 0,
      pad_token_id: 7,
      decoder_start_token_id: 7,
      forced_eos_token_id: null,
      use_cache: true,
    });
  });

  it('has positions for the longest sentence, its start and its end', () => {
    expect(written('config.json', {}, 600)).toMatchObject({ max_position_embeddings: 602 });
    expect(written('generation_config.json', {}, 600)).toMatchObject({ max_length: 602 });
    expect(written('tokenizer_config.json', {}, 600)).toMatchObject({ model_max_length: 601 });
  });

  it('generates greedily from the token that no translation has', () => {
    expect(written('generation_config.json')).toMatchObject({
      decoder_start_token_id: 7,
      bad_words_ids: [[7]],
      eos_token_id: 0,
      num_beams: 1,
    });
  });

  it("names the languages, and Marian's tokens", () => {
    expect(written('tokenizer_config.json')).toMatchObject({
      tokenizer_class: 'MarianTokenizer',
      source_lang: 'ja',
      target_lang: 'en',
      pad_token: '<pad>',
    });
  });

  it('has the config last, without which a folder is no model', () => {
    expect([...marianTexts(bundle(), 100).keys()].at(-1)).toBe('config.json');
  });
});
