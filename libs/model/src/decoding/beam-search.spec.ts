import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { type BeamSettings, scoreOf } from './beam.ts';
import { beamSearch } from './beam-search.ts';
import { greedy } from './decode.ts';
import {
  ambiguousPairs,
  learntSources,
  manySources,
  tensorsLeftBy,
  trainedNetworks,
} from './trained-networks.fixture.ts';
import { scorePairs } from './forced.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';

const networks = trainedNetworks(ambiguousPairs);
afterAll(() => networks.forEach(({ network }) => network.dispose()));

/** All translations of up to 3 tokens with the eos, best first. */
function exhaustive(
  network: Seq2Seq,
  source: number[],
  settings: Pick<BeamSettings, 'lengthPenalty' | 'normalize'>,
) {
  const { neverGenerated, vocabularySize } = network.architecture;
  const tokens = Array.from({ length: vocabularySize.target }, (_, id) => id).filter(
    (id) => id !== specialTokens.eos && !neverGenerated.includes(id),
  );
  const targets = [[], ...tokens.map((a) => [a]), ...tokens.flatMap((a) => tokens.map((b) => [a, b]))];
  return scorePairs(
    network,
    targets.map((target) => ({ source, target })),
  )
    .map(({ logProbability, tokens: length }, index) => ({
      ids: targets[index],
      score: scoreOf(logProbability, length, settings),
    }))
    .filter(({ score }) => score > -Infinity)
    .sort((a, b) => b.score - a.score);
}

describe.each(networks)('beam search with $kind', ({ network }) => {
  const sources = manySources(40);

  it('with a beam of one is greedy decoding', () => {
    for (const options of [{ lengthPenalty: 0 }, { lengthPenalty: 1 }, { normalize: 1, patience: 1 }]) {
      const found = beamSearch(network, sources, { beamSize: 1, maxTokens: 12, ...options });
      expect(found.map(([best]) => best?.ids)).toEqual(greedy(network, sources, { maxTokens: 12 }));
    }
  });

  it.each([0, 0.6, 2])('finds the best of all translations with a wide beam, penalty %f', (lengthPenalty) => {
    for (const source of learntSources) {
      const options = { beamSize: 1000, nBest: 10, maxTokens: 3, lengthPenalty };
      const [found = []] = beamSearch(network, [source], options);
      const expected = exhaustive(network, source, { lengthPenalty }).slice(0, 10);
      expect(found.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids));
      found.forEach(({ score }, rank) => expect(score).toBeCloseTo(expected[rank]?.score ?? NaN, 4));
    }
  });

  it.each([undefined, 1])('finds the best by the mean of its tokens too, patience %s', (patience) => {
    for (const source of learntSources) {
      const options = { beamSize: 1000, nBest: 10, maxTokens: 3, normalize: 1, patience };
      const [found = []] = beamSearch(network, [source], options);
      const [best] = exhaustive(network, source, { lengthPenalty: 0, normalize: 1 });
      const ended = found.filter((each) => each.ended);
      expect(ended[0]?.ids).toEqual(best?.ids);
      expect(ended[0]?.score).toBeCloseTo(best?.score ?? NaN, 4);
    }
  });

  it('gives each sentence what it gives it alone, and different translations, best first', () => {
    const options = { beamSize: 3, nBest: 3, maxTokens: 12 };
    const together = beamSearch(network, sources, options);
    sources.forEach((source, row) => {
      const [alone] = beamSearch(network, [source], options);
      expect(alone?.map(({ ids }) => ids)).toEqual(together[row]?.map(({ ids }) => ids));
    });
    for (const list of together) {
      expect(new Set(list.map(({ ids, ended }) => `${ids.join()} ${ended}`)).size).toBe(3);
      const scores = list.filter(({ ended }) => ended).map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
  });

  it('finds the same best translation whether one or all of the beam are wanted', () => {
    const best = beamSearch(network, sources, { beamSize: 3, maxTokens: 12 });
    const all = beamSearch(network, sources, { beamSize: 3, nBest: 3, maxTokens: 12 });
    expect(best.map(([first]) => first?.ids)).toEqual(all.map(([first]) => first?.ids));
  });

  it('has the log probability that scoring gives its translations', () => {
    const found = beamSearch(network, sources, { beamSize: 3, nBest: 3, maxTokens: 20 });
    const ended = found.flatMap((list, row) =>
      list.filter((each) => each.ended).map((each) => ({ ...each, source: sources[row] ?? [] })),
    );
    expect(ended.length).toBeGreaterThan(40);
    const scores = scorePairs(
      network,
      ended.map(({ source, ids }) => ({ source, target: ids })),
    );
    ended.forEach(({ logProbability }, index) =>
      expect(Math.abs(logProbability - (scores[index]?.logProbability ?? NaN))).toBeLessThan(1e-5),
    );
  });

  it('stops each sentence at its own limit, with the bytes of a search to that limit', () => {
    const limits = sources.map((_, row) => 1 + (row % 12));
    const found = beamSearch(network, sources, { beamSize: 3, nBest: 2, maxTokens: limits });
    sources.slice(0, 12).forEach((source, row) => {
      const [alone] = beamSearch(network, [source], { beamSize: 3, nBest: 2, maxTokens: 1 + row });
      expect(found[row]?.map(({ ids, ended }) => [ids, ended])).toEqual(
        alone?.map(({ ids, ended }) => [ids, ended]),
      );
    });
    expect(found.flat().some(({ ended }) => ended)).toBe(true);
    expect(found.flat().some(({ ended }) => !ended)).toBe(true);
  });

  it('gives what it has at the limit, and says that it has not ended', () => {
    const found = beamSearch(network, learntSources, { beamSize: 1, maxTokens: 1 });
    const greedily = greedy(network, learntSources, { maxTokens: 1 });
    found.forEach(([best], row) => {
      expect(best?.ended).toBe(greedily[row]?.length === 0);
      expect(best?.ids).toEqual(greedily[row]);
    });
  });

  it('never gives <unk> when that is to be avoided', () => {
    const list = beamSearch(network, [...sources, ...learntSources], {
      beamSize: 4,
      nBest: 4,
      maxTokens: 8,
      avoidUnknown: true,
    });
    expect(list.flat().flatMap(({ ids }) => ids)).not.toContain(specialTokens.unk);
  });

  it('translates a sentence without words, and nothing', () => {
    expect(beamSearch(network, [[specialTokens.eos]], { maxTokens: 5 })).toHaveLength(1);
    expect(beamSearch(network, [])).toEqual([]);
  });

  it('leaves no tensor behind', () => {
    expect(tensorsLeftBy(() => beamSearch(network, sources, { maxTokens: 8, nBest: 2 }))).toBe(0);
  });
});

describe.each(networks.slice(0, 1))('beam search', ({ network }) => {
  it.each([
    [{ beamSize: 0 }, 'beamSize is 0; an integer 1 or more is allowed'],
    [{ nBest: 5 }, 'nBest is 5; an integer from 1 to 4 is allowed'],
    [{ maxTokens: 1.5 }, 'maxTokens is 1.5; an integer 1 or more is allowed'],
    [{ maxTokens: [3] }, `maxTokens has 1 limits for ${learntSources.length} sources`],
    [{ maxTokens: learntSources.map(() => 0) }, 'maxTokens is 0; an integer 1 or more is allowed'],
    [{ lengthPenalty: -1 }, 'lengthPenalty is -1; a number of 0 or more is allowed'],
    [{ normalize: -1 }, 'normalize is -1; a number of 0 or more is allowed'],
    [{ patience: 0 }, 'patience is 0; a number above 0 is allowed'],
    [{ patience: 0.5, nBest: 3 }, 'nBest is 3; an integer from 1 to 2 is allowed'],
  ])('refuses %j', (options, message) => {
    const run = () => beamSearch(network, learntSources, options);
    expect(run).toThrow(InvalidInput);
    expect(run).toThrow(message);
  });

  it('refuses an id beyond the vocabulary', () => {
    expect(() => beamSearch(network, [[9, 2]])).toThrow('source 0 has the id 9; ids go from 0 to 8');
  });
});
