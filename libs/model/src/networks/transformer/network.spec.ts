import { defaultHyperparameters, InvalidInput, specialTokens, withDefaults } from '@honyaku/contracts';
import { tf } from '@honyaku/kernels/tensorflow';
import { afterAll, describe, expect, it } from 'vitest';
import { beamSearch } from '../../decoding/beam-search.ts';
import { greedy } from '../../decoding/decode.ts';
import { scorePairs } from '../../decoding/forced.ts';
import { Seq2Seq } from '../../seq2seq/seq2seq.ts';
import { batchOf, tinyNetwork, tinyTransformer } from '../../seq2seq/tiny-network.fixture.ts';
import { Trainer } from '../../training/trainer.ts';
import { notebookTraining } from '../../training/trainer-settings.ts';
import { sharedWeight } from './shape.ts';
import { tokenOrder } from './token-order.ts';
import { transformerNetwork } from './network.ts';

const architecture = tinyNetwork(tinyTransformer);
const network = Seq2Seq.initialise(architecture, 3);
afterAll(() => network.dispose());

const { unk, bos, eos, pad } = specialTokens;
const long = Array.from({ length: 511 }, (_, place) => 4 + (place % 5));

describe('Marian’s order of tokens', () => {
  it('begins with eos and <unk>, then has the pieces, and ends with the decoder’s first token', () => {
    const { rows, rowOf } = tokenOrder(10);
    expect(rows).toBe(9);
    expect([eos, unk, 4, 9, bos, pad].map(rowOf)).toEqual([0, 1, 2, 7, 8, 8]);
  });
});

describe('the Transformer', () => {
  it('has Hugging Face’s parameters, in its shapes', () => {
    const tensors = architecture.parameters.flatMap(({ layout }) => layout.tensors);
    const shapeOf = (name: string) => tensors.find((tensor) => tensor.name === name)?.shape;
    expect(shapeOf('model.shared.weight')).toEqual([9, 8]);
    expect(shapeOf('final_logits_bias')).toEqual([1, 9]);
    expect(shapeOf('model.encoder.layers.1.fc1.weight')).toEqual([10, 8]);
    expect(shapeOf('model.decoder.layers.1.encoder_attn_layer_norm.bias')).toEqual([8]);
    // Of each of two layers 16 in the encoder and 26 in the decoder.
    expect(tensors).toHaveLength(2 + 2 * 16 + 2 * 26);
  });

  it('refuses vocabularies of different sizes', () => {
    const build = () => transformerNetwork(withDefaults(defaultHyperparameters), { source: 9, target: 10 });
    expect(build).toThrow(InvalidInput);
    expect(build).toThrow(
      'one vocabulary for both languages, but that of the source has 9 tokens and that of the target 10',
    );
  });

  it('has the loss of a batch that its pairs have alone, whatever their padding', () => {
    const pairs = [
      { source: [5, 7, 2], target: [1, 4, 6, 2] },
      { source: [2], target: [1, 2] },
      { source: [...long, 2], target: [1, ...long, 2] },
    ];
    const alone = pairs.map((pair) => network.loss(batchOf([pair])).tokenLoss);
    const together = network.rowLosses(batchOf(pairs)).map(({ tokenLoss }) => tokenLoss);
    together.forEach((loss, row) => expect(loss / (alone[row] ?? NaN)).toBeCloseTo(1, 5));
  });

  it('sees no token after the one that it predicts', () => {
    const lossOf = (target: number[]) =>
      scorePairs(network, [{ source: [5, 6, 2], target }]).map(({ logProbability }) => logProbability)[0] ??
      NaN;
    const batch = (target: number[]) => batchOf([{ source: [5, 6, 2], target: [1, ...target, 2] }]);
    const width = architecture.vocabularySize.target - 1;
    const first = (target: number[]) => [...network.logits(batch(target)).subarray(0, 2 * width)];
    expect(first([4, 5, 6])).toEqual(first([4, 9, 9]));
    expect(lossOf([4, 5, 6])).not.toBe(lossOf([4, 9, 9]));
  });

  it('trains and translates the longest sentence that is allowed, and an empty one', () => {
    const longest = Seq2Seq.initialise(architecture, 1);
    const trainer = new Trainer(longest, { ...notebookTraining, dropout: 0.1 });
    const batch = batchOf([
      { source: [...long, 2], target: [1, ...long, 2] },
      { source: [2], target: [1, 2] },
    ]);
    const { tokenLoss, targetTokens } = trainer.step(batch, { epoch: 1, step: 0 });
    expect(targetTokens).toBe(513);
    expect(tokenLoss / targetTokens).toBeLessThan(5);
    expect(greedy(longest, [[...long, 2], [2]], { maxTokens: 5 })).toHaveLength(2);
    trainer.dispose();
    longest.dispose();
  });

  it('gives translations the probability that it scores them with, while beams fork, end and grow long', () => {
    const sources = [[...long.slice(0, 40), 2], [5, 6, 2], [2]];
    // More tokens than the tables of keys and values have room for at first.
    const found = beamSearch(network, sources, { beamSize: 4, nBest: 4, maxTokens: 150, lengthPenalty: 1 });
    const pairs = found.flatMap((ofSource, index) =>
      ofSource.map(({ ids, logProbability, ended }) => ({
        source: sources[index] ?? [],
        target: ids,
        logProbability,
        ended,
      })),
    );
    const ended = pairs.filter((pair) => pair.ended);
    expect(Math.max(...pairs.map(({ target }) => target.length))).toBeGreaterThan(40);
    expect(ended.length).toBeGreaterThan(0);
    scorePairs(network, ended).forEach(({ logProbability }, index) => {
      expect(logProbability / (ended[index]?.logProbability ?? NaN)).toBeCloseTo(1, 4);
    });
  });

  it('never trains the embedding of the decoder’s first token', () => {
    const trained = Seq2Seq.initialise(architecture, 1);
    const start = () => {
      const values = trained.parameters.find(({ spec }) => spec.name === sharedWeight)?.variable.values();
      return [...(values ?? [])].slice(-8);
    };
    expect(start()).toEqual(new Array(8).fill(0));
    const trainer = new Trainer(trained, { ...notebookTraining, learningRate: 0.1, weightDecay: 0.1 });
    const batch = batchOf([{ source: [5, 7, 2], target: [1, 4, 6, 2] }]);
    for (let step = 0; step < 3; step += 1) trainer.step(batch, { epoch: 1, step });
    expect(start()).toEqual(new Array(8).fill(0));
    trainer.dispose();
    trained.dispose();
  });

  it('gives neither bos nor padding, however likely they are', () => {
    const wilful = Seq2Seq.initialise(architecture, 1);
    const bias = wilful.parameters.find(({ spec }) => spec.name === 'final_logits_bias');
    const values = new Float32Array(9);
    values[8] = 50;
    bias?.variable.assign(tf.tensor1d(values));
    const [ids = []] = greedy(wilful, [[5, 6, 2]], { maxTokens: 4 });
    expect(ids).not.toContain(bos);
    expect(ids).not.toContain(pad);
    wilful.dispose();
  });
});
