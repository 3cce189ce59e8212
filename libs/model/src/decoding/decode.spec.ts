import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { decode, greedy, sample } from './decode.ts';
import {
  ambiguousPairs,
  learntPairs,
  learntSources,
  manySources,
  tensorsLeftBy,
  trainedNetworks,
} from './trained-networks.fixture.ts';

const learnt = trainedNetworks(learntPairs);
const networks = trainedNetworks(ambiguousPairs);
afterAll(() => [...learnt, ...networks].forEach(({ network }) => network.dispose()));

describe.each(networks)('decoding with $kind', ({ network }) => {
  const sources = manySources(70);
  const unknownOff = sources.map(() => expect.not.arrayContaining([specialTokens.unk]));

  it('gives each of many sentences what it gives it alone, in the order of the sentences', () => {
    const together = greedy(network, sources, { maxTokens: 12 });
    expect(sources.flatMap((source) => greedy(network, [source], { maxTokens: 12 }))).toEqual(together);
    expect(new Set(together.map((ids) => ids.join())).size).toBeGreaterThan(3);
  });

  it('stops at the limit, an eos being one of its tokens', () => {
    const whole = decode(network, learntSources, 12, (logits) =>
      Int32Array.from(logits.argMax(1).dataSync()),
    );
    for (const maxTokens of [1, 2, 3, 5])
      expect(greedy(network, learntSources, { maxTokens })).toEqual(
        whole.map((ids) => ids.slice(0, maxTokens).filter((id) => id !== specialTokens.eos)),
      );
  });

  it('stops each sentence at its own limit', () => {
    const limits = sources.map((_, row) => 1 + (row % 12));
    const whole = greedy(network, sources, { maxTokens: 12 });
    expect(greedy(network, sources, { maxTokens: limits })).toEqual(
      whole.map((ids, row) => ids.slice(0, limits[row])),
    );
    const options = { seed: 6, maxTokens: limits };
    const drawn = sample(network, sources, { ...options, maxTokens: 12 });
    expect(sample(network, sources, options)).toEqual(drawn.map((ids, row) => ids.slice(0, limits[row])));
  });

  it('translates a sentence without words', () => {
    expect(greedy(network, [[specialTokens.eos]], { maxTokens: 5 })).toHaveLength(1);
  });

  it('samples the same for the same seed, and never <unk>', () => {
    const drawn = sample(network, sources, { seed: 1, maxTokens: 12 });
    expect(sample(network, sources, { seed: 1, maxTokens: 12 })).toEqual(drawn);
    expect(sample(network, sources, { seed: 2, maxTokens: 12 })).not.toEqual(drawn);
    expect(drawn).toEqual(unknownOff);
  });

  it('draws for a sentence the same whichever sentences stand beside it', () => {
    const drawn = sample(network, sources, { seed: 3, maxTokens: 12 });
    expect(sample(network, sources.slice(0, 5), { seed: 3, maxTokens: 12 })).toEqual(drawn.slice(0, 5));
    const others = sources.map((source, row) => (row === 40 ? source : [8, 2]));
    expect(sample(network, others, { seed: 3, maxTokens: 12 })[40]).toEqual(drawn[40]);
  });

  it('samples the likeliest known token when cold, or when it may draw from one alone', () => {
    const coldest = sample(network, sources, { seed: 4, maxTokens: 12, temperature: 0 });
    expect(coldest).toEqual(unknownOff);
    for (const options of [{ temperature: 1e-6 }, { topK: 1 }, { topP: 1e-6 }, { temperature: 1e-42 }])
      expect(sample(network, sources, { seed: 5, maxTokens: 12, ...options })).toEqual(coldest);
  });

  it('leaves no tensor behind', () => {
    expect(tensorsLeftBy(() => greedy(network, sources, { maxTokens: 8 }))).toBe(0);
    const options = { seed: 1, maxTokens: 8, temperature: 0.7, topK: 4, topP: 0.9 };
    expect(tensorsLeftBy(() => sample(network, sources, options))).toBe(0);
    expect(
      tensorsLeftBy(() =>
        expect(() =>
          decode(network, sources, 8, () => {
            throw new RangeError('no choice');
          }),
        ).toThrow('no choice'),
      ),
    ).toBe(0);
  });
});

describe('greedy decoding', () => {
  it.each(learnt.filter(({ network }) => network.architecture.scoresAsItDecodes))(
    'gives back the pairs that a network with $kind has learnt by heart',
    ({ network }) => {
      expect(greedy(network, learntSources)).toEqual(learntPairs.map(({ target }) => target.slice(1, -1)));
    },
  );
});

describe.each(networks.slice(0, 1))('what decoding refuses', ({ network }) => {
  it('is a source without eos, and an id beyond the vocabulary', () => {
    expect(() => greedy(network, [[5, 2], [5]])).toThrow(InvalidInput);
    expect(() => greedy(network, [[]])).toThrow('source 0 does not end in eos, the id 2');
    expect(() => sample(network, [[9, 2]], { seed: 1 })).toThrow('source 0 has the id 9; ids go from 0 to 8');
  });

  it.each([
    [{ maxTokens: 0 }, 'maxTokens is 0; an integer 1 or more is allowed'],
    [{ temperature: -1 }, 'temperature is -1; a number of 0 or more is allowed'],
    [{ topK: 1.5 }, 'topK is 1.5; an integer 0 or more is allowed'],
    [{ topP: 0 }, 'topP is 0; a number above 0 and up to 1 is allowed'],
    [{ topP: NaN }, 'topP is NaN; a number above 0 and up to 1 is allowed'],
  ])('is %j', (options, message) => {
    const run = () => sample(network, learntSources, { seed: 1, ...options });
    expect(run).toThrow(InvalidInput);
    expect(run).toThrow(message);
  });

  it('is not an empty list: that gives nothing', () => {
    expect(greedy(network, [])).toEqual([]);
  });
});
