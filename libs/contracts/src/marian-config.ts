/** `config.json` of a Marian model as Hugging Face's `MarianConfig` has it, in both directions. */
import { z } from 'zod';
import { type Architecture, architectureOf } from './architecture.ts';
import { InvalidInput } from './errors.ts';
import { type AllHyperparameters, Hyperparameters } from './hyperparameters.ts';
import { describeIssues } from './json.ts';

/** The names of our settings there; where the two sides have one each, ours is for both. */
const names = {
  hiddenSize: ['d_model'],
  encoderLayers: ['encoder_layers'],
  decoderLayers: ['decoder_layers'],
  heads: ['encoder_attention_heads', 'decoder_attention_heads'],
  feedForwardSize: ['encoder_ffn_dim', 'decoder_ffn_dim'],
  activation: ['activation_function'],
} as const satisfies { readonly [Name in keyof AllHyperparameters]?: readonly string[] };

/** The id of `</s>` in every `vocab.json`. */
export const marianEnd = 0;

/** Of which the network consists, as they stand in the file. */
export function marianArchitecture(settings: AllHyperparameters): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, theirs]) =>
      theirs.map((each) => [each, new Map<string, unknown>(Object.entries(settings)).get(name)]),
    ),
  );
}

/** What all models have that a Transformer of ours can be, with what the absence of a field stands for there. */
const required: readonly { readonly field: string; readonly value: unknown; readonly byDefault?: unknown }[] =
  [
    { field: 'model_type', value: 'marian' },
    { field: 'is_encoder_decoder', value: true, byDefault: true },
    { field: 'scale_embedding', value: true, byDefault: false },
    { field: 'share_encoder_decoder_embeddings', value: true, byDefault: true },
    { field: 'tie_word_embeddings', value: true, byDefault: true },
    { field: 'static_position_embeddings', value: true, byDefault: true },
    { field: 'normalize_before', value: false, byDefault: false },
    { field: 'normalize_embedding', value: false, byDefault: false },
    { field: 'add_final_layer_norm', value: false, byDefault: false },
    { field: 'eos_token_id', value: marianEnd, byDefault: marianEnd },
  ];

const count = z.int().min(1);
const Sizes = z.looseObject({
  vocab_size: count,
  decoder_vocab_size: count.nullish(),
  pad_token_id: z.int(),
  decoder_start_token_id: z.int(),
});

export interface MarianNetwork {
  readonly architecture: Architecture;
  /** Rows of the embedding matrix: entries of `vocab.json`. */
  readonly rows: number;
}

/**
 * The network of a Marian model.
 * @param config what the file says
 * @param where the file's name, for errors
 * @throws InvalidInput naming the field for which no Transformer of ours can take the model's place
 */
export function readMarianConfig(config: unknown, where: string): MarianNetwork {
  const refuse = (what: string) => new InvalidInput(`${where}: ${what}`);
  const fields = z.record(z.string(), z.unknown()).safeParse(config).data;
  if (!fields) throw refuse('is no JSON object');
  for (const { field, value, byDefault } of required) {
    const found = fields[field] ?? byDefault;
    if (found !== value)
      throw refuse(`${field} is ${JSON.stringify(found) ?? 'missing'}; it must be ${JSON.stringify(value)}`);
  }
  const sizes = Sizes.safeParse(fields);
  if (!sizes.success) throw refuse(describeIssues(sizes.error));
  const { vocab_size: rows, decoder_vocab_size: targetRows, pad_token_id: pad } = sizes.data;
  if ((targetRows ?? rows) !== rows)
    throw refuse(`decoder_vocab_size is ${targetRows}; it must be vocab_size, ${rows}`);
  if (pad !== rows - 1)
    throw refuse(`pad_token_id is ${pad}; it must be the last of vocab_size, ${rows - 1}`);
  if (sizes.data.decoder_start_token_id !== pad)
    throw refuse(
      `decoder_start_token_id is ${sizes.data.decoder_start_token_id}; it must be pad_token_id, ${pad}`,
    );
  return { architecture: readArchitecture(fields, refuse), rows };
}

function readArchitecture(
  fields: Readonly<Record<string, unknown>>,
  refuse: (what: string) => InvalidInput,
): Architecture {
  const entries = Object.entries(names).map(([name, theirs]) => {
    const [first, second = first] = theirs;
    if (fields[first] === undefined) throw refuse(`${first} is missing`);
    if (fields[second] !== fields[first])
      throw refuse(
        `${second} is ${JSON.stringify(fields[second])}; it must be ${first}, ${JSON.stringify(fields[first])}`,
      );
    // PyTorch's name of the same function.
    return [name, fields[first] === 'silu' ? 'swish' : fields[first]] as const;
  });
  const parsed = Hyperparameters.safeParse({ network: 'transformer', ...Object.fromEntries(entries) });
  if (!parsed.success) throw refuse(describeIssues(parsed.error));
  return architectureOf(parsed.data);
}
