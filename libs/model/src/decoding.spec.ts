import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { greedy, sample } from './decoding.ts';
import { Seq2Seq } from './seq2seq.ts';
import { tf } from './tensorflow.ts';
import { batchOf, tinyShape } from './tiny-network.fixture.ts';
import { Trainer } from './trainer.ts';

const pairs = [
  { source: [5, 7, 2], target: [1, 4, 6, 2] },
  { source: [8, 2], target: [1, 9, 5, 7, 4, 2] },
  { source: [4, 6, 5, 8, 2], target: [1, 8, 2] },
];
const sources = pairs.map(({ source }) => source);
const networks = (['zero', 'carried'] as const).map((topState) => {
  const network = Seq2Seq.initialise({ ...tinyShape(topState), hiddenSize: 24 }, 2);
  const trainer = new Trainer(network, { learningRate: 0.02, dropout: 0, seed: 1 });
  for (let step = 0; step < 150; step += 1) trainer.step(batchOf(pairs), { epoch: 1, step });
  trainer.dispose();
  return network;
});
afterAll(() => networks.forEach((network) => network.dispose()));

describe.each(networks.map((network) => [network.shape.topState, network] as const))(
  'decoding with top state %s',
  (_topState, network) => {
    it('gives each sentence alone what it gives it in a batch', () => {
      const together = greedy(network, sources);
      expect(sources.flatMap((source) => greedy(network, [source]))).toEqual(together);
    });

    it('stops at the limit and leaves no tensor behind', () => {
      greedy(network, sources);
      const before = tf.memory().numTensors;
      expect(greedy(network, sources, { maxTokens: 1 }).every((ids) => ids.length <= 1)).toBe(true);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('samples the same for the same seed, and never <unk>', () => {
      const drawn = (seed: number) => sample(network, sources, { seed, maxTokens: 30 });
      expect(drawn(1)).toEqual(drawn(1));
      const many = Array.from({ length: 40 }, (_, seed) => drawn(seed)).flat(2);
      expect(many).not.toContain(specialTokens.unk);
    });

    it('refuses a source without eos, and an id beyond the vocabulary', () => {
      expect(() => greedy(network, [[5, 2], [5]])).toThrow(InvalidInput);
      expect(() => sample(network, [[9, 2]], { seed: 1 })).toThrow(
        /source 0 has the id 9; ids go from 0 to 8/,
      );
    });

    it('gives nothing for nothing', () => {
      expect(greedy(network, [])).toEqual([]);
    });
  },
);

describe('greedy decoding', () => {
  it('gives back the pairs that a network with carried state has learnt by heart', () => {
    const carried = networks.find(({ shape }) => shape.topState === 'carried');
    expect(carried && greedy(carried, sources)).toEqual(pairs.map(({ target }) => target.slice(1, -1)));
  });
});
