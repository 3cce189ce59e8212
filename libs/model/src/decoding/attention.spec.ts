import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { greedy } from './decode.ts';
import { attentionOf, translateWithAttention } from './forced.ts';
import { ambiguousPairs, manySources, tensorsLeftBy, trainedNetworks } from './trained-networks.fixture.ts';

const networks = trainedNetworks(ambiguousPairs);
const attending = networks.filter(({ network }) => network.architecture.hasAttention);
const others = networks.filter(({ network }) => !network.architecture.hasAttention);
afterAll(() => networks.forEach(({ network }) => network.dispose()));

describe.each(attending)('the attention of a translation with $kind', ({ network }) => {
  const sources = manySources(70);

  it('comes with the greedy translation, a share of each source token for each of its tokens', () => {
    const found = translateWithAttention(network, sources, { maxTokens: 8 });
    expect(found.map(({ ids }) => ids)).toEqual(greedy(network, sources, { maxTokens: 8 }));
    found.forEach(({ ids, attention }, row) => {
      expect(attention).toHaveLength(ids.length);
      for (const shares of attention) {
        expect(shares).toHaveLength(sources[row]?.length ?? NaN);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      }
    });
  });

  it('is of each sentence what it is alone', () => {
    const pairs = sources.map((source, row) => ({ source, target: [4, 5, 6, 7].slice(0, row % 5) }));
    attentionOf(network, pairs).forEach((together, row) => {
      const [alone = []] = attentionOf(network, pairs.slice(row, row + 1));
      expect(alone).toHaveLength(row % 5);
      // Float32 of products of one row and of many, fed back step by step.
      together.flat().forEach((share, at) => expect(share).toBeCloseTo(alone.flat()[at] ?? NaN, 4));
    });
  });

  it('knows nothing of the padding beside it', () => {
    const own = { source: [5, 7, 2], target: [4, 5, 6, 7] };
    const longer = { source: [8, 7, 6, 5, 4, 8, 7, 6, 5, 4, 2], target: own.target };
    const [unpadded = []] = attentionOf(network, [own, own]);
    const [padded = []] = attentionOf(network, [own, longer]);
    padded.flat().forEach((share, at) => expect(share).toBeCloseTo(unpadded.flat()[at] ?? NaN, 6));
    expect(padded.flat()).toHaveLength(12);
  });

  it('is all on the eos of a sentence without words', () => {
    expect(attentionOf(network, [{ source: [specialTokens.eos], target: [4, 5] }])).toEqual([[[1], [1]]]);
  });

  it('leaves no tensor behind', () => {
    expect(tensorsLeftBy(() => translateWithAttention(network, sources, { maxTokens: 8 }))).toBe(0);
  });

  it('is that of the last layer that attends, or of one that is named', () => {
    const layers = network.architecture.attentionLayers;
    const pairs = [{ source: [5, 7, 8, 2], target: [4, 5, 6] }];
    const sharesOf = (attentionLayer?: number) =>
      attentionOf(network, pairs, attentionLayer === undefined ? {} : { attentionLayer });
    const all = Array.from({ length: layers }, (_, index) => sharesOf(index + 1));
    expect(sharesOf()).toEqual(all.at(-1));
    expect(new Set(all.map((shares) => JSON.stringify(shares))).size).toBe(layers);
    for (const layer of [0, layers + 1, 1.5])
      expect(() => sharesOf(layer)).toThrow(
        `attentionLayer is ${layer}; an integer from 1 to ${layers} is allowed`,
      );
  });

  it('is refused for an id beyond the vocabulary', () => {
    expect(() => attentionOf(network, [{ source: [5, 2], target: [10] }])).toThrow(
      'target 0 has the id 10; ids go from 0 to 9',
    );
  });
});

describe.each(others)('a network with $kind', ({ network }) => {
  it('has no attention to give', () => {
    expect(() => translateWithAttention(network, [[5, 2]])).toThrow(InvalidInput);
    expect(() => attentionOf(network, [])).toThrow('the network has no attention; dot or general has one');
  });
});
