import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf, defaultHyperparameters, InvalidInput } from '@honyaku/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type NamedTensor, readSafetensors, writeSafetensors } from '../../checkpoint/safetensors.ts';
import { tinyNetwork, tinyTransformer } from '../../seq2seq/tiny-network.fixture.ts';
import { Seq2Seq } from '../../seq2seq/seq2seq.ts';
import { convertMarianWeights } from './marian-weights.ts';

let folder: string;
let checkpoint: string;
let tensors: NamedTensor[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marian-'));
  checkpoint = join(folder, 'checkpoint.safetensors');
  const network = Seq2Seq.initialise(tinyNetwork(tinyTransformer), 1);
  await network.save(checkpoint);
  network.dispose();
  tensors = [...(await readSafetensors(checkpoint)).tensors].map(([name, { shape, data }]) => ({
    name,
    shape,
    data: Float32Array.from(data),
  }));
});
afterEach(() => rm(folder, { recursive: true }));

const architecture = architectureOf({ ...defaultHyperparameters, ...tinyTransformer });
const shared = 'model.shared.weight';
const embedding = () =>
  tensors.find(({ name }) => name === shared) ?? { shape: [], data: new Float32Array() };
const named = (name: string) => ({ ...embedding(), name });

async function convert(all: readonly NamedTensor[], rows = 9): Promise<Buffer> {
  const [from, to] = [join(folder, 'marian.safetensors'), join(folder, 'converted.safetensors')];
  await writeSafetensors(from, all, () => all);
  await convertMarianWeights(from, { architecture, rows }, to);
  return readFile(to);
}

it('are the bytes of a checkpoint, in whatever order and with whatever copies they are stored', async () => {
  const positions = { name: 'model.encoder.embed_positions.weight', shape: [2], data: Float32Array.of(0, 1) };
  const copies = ['model.encoder.embed_tokens.weight', 'model.decoder.embed_tokens.weight', 'lm_head.weight'];
  const expected = await readFile(checkpoint);
  expect((await convert([...tensors.toReversed(), positions, ...copies.map(named)])).equals(expected)).toBe(
    true,
  );
  // Of tensors with the same memory, a writer may have kept another name.
  const others = tensors.filter(({ name }) => name !== shared);
  expect((await convert([...others, named('lm_head.weight')])).equals(expected)).toBe(true);
});

it.each<[string, () => NamedTensor[], RegExp]>([
  [
    'a tensor is absent',
    () => tensors.slice(1),
    /has no parameter model\.shared\.weight, by its config\.json/,
  ],
  [
    'one is of another network',
    () => [
      ...tensors,
      { name: 'model.encoder.layernorm_embedding.weight', shape: [1], data: Float32Array.of(1) },
    ],
    /has the tensor model\.encoder\.layernorm_embedding\.weight, which is none of Marian's Transformer/,
  ],
  [
    'the output layer is another matrix',
    () => [...tensors, { ...named('lm_head.weight'), data: embedding().data.map((value) => value + 1) }],
    /lm_head\.weight is not the same as model\.shared\.weight; the embeddings must be tied/,
  ],
])('are refused where %s', async (_, changed, reason) => {
  const refused = convert(changed());
  await expect(refused).rejects.toThrow(InvalidInput);
  await expect(refused).rejects.toThrow(reason);
});

it('are refused where the vocabulary has another size', async () => {
  await expect(convert(tensors, 12)).rejects.toThrow(
    /model\.shared\.weight has the shape \[9, 8\], the network needs \[12, 8\], by its config\.json/,
  );
});
