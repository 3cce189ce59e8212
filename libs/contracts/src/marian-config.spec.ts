import { describe, expect, it } from 'vitest';
import { architectureOf } from './architecture.ts';
import { InvalidInput } from './errors.ts';
import { exampleBundle } from '../test/examples.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { readMarianConfig } from './marian-config.ts';
import { marianTexts } from './marian-form.ts';

const hyperparameters = Hyperparameters.parse({
  network: 'transformer',
  hiddenSize: 96,
  encoderLayers: 6,
  decoderLayers: 1,
  heads: 3,
  feedForwardSize: 200,
  activation: 'gelu',
});
const file = { key: 'file', bytes: 1, sha256: 'a'.repeat(64) };
const bundle = exampleBundle('example-4f9a1c0b72d3e865', 2, {
  hyperparameters,
  vocabularySize: { source: 90, target: 90 },
  files: { model: file, source: file, target: file, vocabulary: file },
});
const written: Record<string, unknown> = JSON.parse(marianTexts(bundle, 64).get('config.json') ?? '');

describe('config.json of a Marian model', () => {
  it('gives back the network that it was written for', () => {
    expect(readMarianConfig(written, 'config.json')).toEqual({
      architecture: architectureOf(hyperparameters),
      rows: 89,
    });
  });

  it('may be that of a published OPUS-MT model', () => {
    // Of Helsinki-NLP/opus-mt-ja-en, as far as it tells of the network.
    const published = {
      activation_function: 'swish',
      add_bias_logits: false,
      add_final_layer_norm: false,
      architectures: ['MarianMTModel'],
      d_model: 512,
      decoder_attention_heads: 8,
      decoder_ffn_dim: 2048,
      decoder_layers: 6,
      decoder_start_token_id: 60715,
      encoder_attention_heads: 8,
      encoder_ffn_dim: 2048,
      encoder_layers: 6,
      eos_token_id: 0,
      is_encoder_decoder: true,
      model_type: 'marian',
      normalize_before: false,
      normalize_embedding: false,
      pad_token_id: 60715,
      scale_embedding: true,
      static_position_embeddings: true,
      vocab_size: 60716,
    };
    const { architecture, rows } = readMarianConfig(published, 'config.json');
    expect(rows).toBe(60716);
    expect(architecture).toMatchObject({ hiddenSize: 512, encoderLayers: 6, heads: 8, activation: 'swish' });
    expect(readMarianConfig({ ...published, activation_function: 'silu' }, '').architecture).toEqual(
      architecture,
    );
  });

  it.each<[object, string]>([
    [{ model_type: 'bart' }, 'model_type is "bart"; it must be "marian"'],
    [{ scale_embedding: undefined }, 'scale_embedding is false; it must be true'],
    [{ normalize_before: true }, 'normalize_before is true; it must be false'],
    [{ share_encoder_decoder_embeddings: false }, 'share_encoder_decoder_embeddings is false'],
    [{ decoder_vocab_size: 70 }, 'decoder_vocab_size is 70; it must be vocab_size, 89'],
    [{ pad_token_id: 1 }, 'pad_token_id is 1; it must be the last of vocab_size, 88'],
    [{ decoder_start_token_id: 0 }, 'decoder_start_token_id is 0; it must be pad_token_id, 88'],
    [{ eos_token_id: 2 }, 'eos_token_id is 2; it must be 0'],
    [{ encoder_ffn_dim: 100 }, 'decoder_ffn_dim is 200; it must be encoder_ffn_dim, 100'],
    [{ d_model: undefined }, 'd_model is missing'],
    [{ d_model: 97 }, 'heads: 3 do not divide hiddenSize'],
    [{ activation_function: 'tanh' }, 'activation: '],
    [{ vocab_size: 'many' }, 'vocab_size: '],
  ])('is refused with %j', (change, reason) => {
    const read = () => readMarianConfig({ ...written, ...change }, 'model/config.json');
    expect(read).toThrow(InvalidInput);
    expect(read).toThrow(`model/config.json: ${reason}`);
  });

  it('is refused when it is no object', () => {
    expect(() => readMarianConfig([1], 'config.json')).toThrow('config.json: is no JSON object');
  });
});
