/** What a new kind of network has to bring: a toy one, which looks at the last two tokens of the target alone. */
import { defaultHyperparameters, specialTokens } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { beamSearch } from '../decoding/beam-search.ts';
import { greedy } from '../decoding/decode.ts';
import { scorePairs } from '../decoding/forced.ts';
import { addTwo, gatherRows } from '../kernels/matrices.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { assembleNetwork, type Network } from '../networks/network.ts';
import { lengthsOf, pack, packIds } from '../networks/packing.ts';
import { linearParameters, parameter } from '../networks/parameter.ts';
import { Trainer } from '../training/trainer.ts';
import { notebookTraining } from '../training/trainer-settings.ts';
import { networkOf } from './kinds.ts';
import { Seq2Seq } from './seq2seq.ts';
import { tinyBatch, tinyNetwork } from './tiny-network.fixture.ts';

const vocabulary = 10;
const hidden = 8;
const [newest, oldest] = ['newest.weight', 'oldest.weight'];

function trigramNetwork(): Network {
  return assembleNetwork({
    vocabularySize: { source: vocabulary, target: vocabulary },
    parameters: [
      parameter(newest, [vocabulary, hidden], { normal: 1 }),
      parameter(oldest, [vocabulary, hidden], { normal: 1 }),
      ...linearParameters('out', vocabulary, hidden),
    ],
    output: { weight: 'out.weight', bias: 'out.bias' },
    attentionLayers: 0,
    neverGenerated: [],
    scoresAsItDecodes: true,
    hiddenStates: ({ target, decoderInput, size, targetLength }, weights) => {
      const packing = pack(lengthsOf(target, size, targetLength));
      const before = decoderInput.map((_, at) =>
        at % targetLength === 0 ? specialTokens.pad : (decoderInput[at - 1] ?? specialTokens.pad),
      );
      const ids = (rectangle: Int32Array) => tf.tensor1d(packIds(packing, rectangle, targetLength), 'int32');
      const [last, previous] = [ids(decoderInput), ids(before)];
      return {
        packing,
        hidden: addTwo(gatherRows(weights(newest), last), gatherRows(weights(oldest), previous)),
        backward: (dHidden, gradients) => {
          gradients.addLookup(newest, dHidden, last, vocabulary);
          gradients.addLookup(oldest, dHidden, previous, vocabulary);
        },
      };
    },
    decoder: {
      begin: ({ batch }, weights) => ({
        state: {
          previous: gatherRows(weights(oldest), tf.fill([batch], specialTokens.pad, 'int32')),
        },
        memory: undefined,
      }),
      step: (tokens, { previous }, _memory, weights) => {
        const ids = tf.tensor1d(tokens, 'int32');
        return {
          hidden: addTwo(gatherRows(weights(newest), ids), previous),
          attention: undefined,
          after: { previous: gatherRows(weights(oldest), ids) },
        };
      },
      mapState: ({ previous }: { readonly previous: Tensor }, change) => ({ previous: change(previous) }),
      mapMemory: (memory: undefined) => memory,
    },
  });
}

describe('another kind of network', () => {
  it('is trained, decoded and scored by the same code', () => {
    const network = Seq2Seq.initialise(trigramNetwork(), 1);
    const trainer = new Trainer(network, { ...notebookTraining, learningRate: 0.05, dropout: 0 });
    const losses = Array.from({ length: 60 }, (_, step) => trainer.step(tinyBatch, { epoch: 1, step }));
    expect(losses.at(-1)?.tokenLoss).toBeLessThan((losses[0]?.tokenLoss ?? NaN) / 3);

    const sources = [[5, specialTokens.eos], [6, 7, specialTokens.eos], [specialTokens.eos]];
    const found = beamSearch(network, sources, { beamSize: 3, maxTokens: 8, lengthPenalty: 0 });
    expect(found.map(([best]) => best?.ended)).toEqual([true, true, true]);
    const pairs = found.map(([best], index) => ({ source: sources[index] ?? [], target: best?.ids ?? [] }));
    scorePairs(network, pairs).forEach(({ logProbability }, index) =>
      expect(logProbability).toBeCloseTo(found[index]?.[0]?.logProbability ?? NaN, 4),
    );
    const alone = beamSearch(network, sources, { beamSize: 1, maxTokens: 8 });
    expect(greedy(network, sources, { maxTokens: 8 })).toEqual(alone.map(([best]) => best?.ids));
    trainer.dispose();
    network.dispose();
  });
});

describe('the kind of network in stored settings', () => {
  it('may be left out or named: the network is the same', () => {
    const named = networkOf(
      { hyperparameters: { ...defaultHyperparameters, network: 'recurrent', hiddenSize: 4 } },
      { source: 9, target: 10 },
    );
    const unnamed = tinyNetwork({ hiddenSize: 4, embeddingSize: 512 });
    expect(named.parameters.map(({ name, shape }) => ({ name, shape }))).toEqual(
      unnamed.parameters.map(({ name, shape }) => ({ name, shape })),
    );
  });
});
