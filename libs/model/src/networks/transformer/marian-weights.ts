/**
 * The weights of a Marian model as Hugging Face's `MarianMTModel` saves them. A checkpoint of ours has the same names and
 * shapes, so the way out is a copy of the file; the way in is this one, which drops what is stored twice or computed. It
 * loads no TensorFlow.
 */
import {
  Corrupt,
  hyperparametersWith,
  InvalidInput,
  type MarianNetwork,
  withDefaults,
} from '@honyaku/contracts';
import { fileTensors, parameterFrom } from '../../checkpoint/parameters.ts';
import {
  type NamedTensor,
  readSafetensors,
  type TensorFile,
  writeSafetensors,
} from '../../checkpoint/safetensors.ts';
import { parameterSpecs } from './parameters.ts';
import { sharedWeight } from './shape.ts';
import { tokenOrder } from './token-order.ts';

/** The shared embedding under its other names. */
const copies = ['model.encoder.embed_tokens.weight', 'model.decoder.embed_tokens.weight', 'lm_head.weight'];
/** Sinusoids. */
const computed = ['model.encoder.embed_positions.weight', 'model.decoder.embed_positions.weight'];

/**
 * Writes the model's weights as a checkpoint of ours.
 * @param from `model.safetensors` of 32-bit floats
 * @throws InvalidInput when the file cannot be read, or names the tensor that the network lacks, that it does not know or
 *   that has another shape; Corrupt when the file is no whole safetensors file
 */
export async function convertMarianWeights(
  from: string,
  { architecture, rows }: MarianNetwork,
  to: string,
): Promise<void> {
  const file = withShared(await readSafetensors(from));
  const settings = withDefaults(hyperparametersWith(architecture));
  const specs = parameterSpecs({ ...settings, tokens: tokenOrder(rows + 1) });
  const tensors = specs.flatMap((spec): NamedTensor[] => {
    try {
      return fileTensors(spec, parameterFrom(file, spec, from));
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      throw new InvalidInput(`${error.message}, by its config.json`, { cause: error });
    }
  });
  const known = new Set([...tensors.map(({ name }) => name), ...computed]);
  const shared = tensors.find(({ name }) => name === sharedWeight);
  for (const [name, { data }] of file.tensors) {
    if (known.has(name)) continue;
    if (!copies.includes(name))
      throw new InvalidInput(`${from} has the tensor ${name}, which is none of Marian's Transformer`);
    if (!shared || Buffer.compare(bytesOf(shared.data), bytesOf(data)) !== 0)
      throw new InvalidInput(
        `${from}: ${name} is not the same as ${sharedWeight}; the embeddings must be tied`,
      );
  }
  await writeSafetensors(to, tensors, () => tensors);
}

/** Of tensors with the same memory, a writer may have kept another name. */
function withShared({ tensors, ...file }: TensorFile): TensorFile {
  const copy = copies.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined);
  if (tensors.has(sharedWeight) || !copy) return { ...file, tensors };
  return { ...file, tensors: new Map([...tensors, [sharedWeight, copy]]) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
