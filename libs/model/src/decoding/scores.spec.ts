import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { decode } from './decode.ts';
import {
  ambiguousPairs,
  learntPairs,
  manySources,
  tensorsLeftBy,
  trainedNetworks,
} from './trained-networks.fixture.ts';
import { scorePairs } from './forced.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { batchOf } from '../seq2seq/tiny-network.fixture.ts';

const networks = trainedNetworks(ambiguousPairs);
afterAll(() => networks.forEach(({ network }) => network.dispose()));

/** Translations that the decoder ended, with the log probability it gave them. */
function translated(network: Seq2Seq, sources: readonly number[][]) {
  const sums = sources.map(() => 0);
  const ended = new Set<number>();
  const outputs = decode(network, sources, 30, (logits, _step, rows) => {
    const chosen = Int32Array.from(logits.argMax(1).dataSync());
    const best = logits.logSoftmax().max(1).dataSync();
    rows.forEach((source, row) => {
      // A row may run on after its eos.
      if (ended.has(source)) return;
      sums[source] = (sums[source] ?? 0) + (best[row] ?? NaN);
      if (chosen[row] === specialTokens.eos) ended.add(source);
    });
    return chosen;
  });
  return outputs.flatMap((ids, row) =>
    ids.at(-1) === specialTokens.eos
      ? [{ source: sources[row] ?? [], target: ids.slice(0, -1), logProbability: sums[row] ?? NaN }]
      : [],
  );
}
describe.each(networks)('scores with $kind', ({ network }) => {
  it("are the decoder's own log probabilities of what it gives", () => {
    const own = translated(network, manySources(80));
    expect(own.length).toBeGreaterThan(20);
    scorePairs(network, own).forEach(({ logProbability, tokens }, index) => {
      expect(Math.abs(logProbability - (own[index]?.logProbability ?? NaN))).toBeLessThan(1e-5);
      expect(tokens).toBe((own[index]?.target.length ?? NaN) + 1);
    });
  });

  it('are of each pair what they are alone, in the order of the pairs', () => {
    const pairs = manySources(70).map((source, row) => ({
      source,
      target: Array.from({ length: (row * 5) % 8 }, (_, place) => 4 + ((row + place) % 6)),
    }));
    const together = scorePairs(network, pairs);
    pairs.forEach((pair, row) => {
      const [alone] = scorePairs(network, [pair]);
      expect(alone?.tokens).toBe(together[row]?.tokens);
      expect(alone?.logProbability).toBeCloseTo(together[row]?.logProbability ?? NaN, 4);
    });
  });

  it('are those of training, but with a top state of zero', () => {
    const pairs = learntPairs.map(({ source, target }) => ({ source, target: target.slice(1, -1) }));
    const losses = network.rowLosses(batchOf(learntPairs)).map(({ tokenLoss }) => tokenLoss);
    const differences = scorePairs(network, pairs).map(({ logProbability }, row) =>
      Math.abs(logProbability + (losses[row] ?? NaN)),
    );
    if (!network.architecture.scoresAsItDecodes) expect(Math.max(...differences)).toBeGreaterThan(1e-3);
    else expect(Math.max(...differences)).toBeLessThan(1e-5);
  });

  it('leave no tensor behind', () => {
    const pairs = learntPairs.map(({ source, target }) => ({ source, target: target.slice(1, -1) }));
    expect(tensorsLeftBy(() => scorePairs(network, pairs))).toBe(0);
    const padding = [{ source: [specialTokens.eos], target: [specialTokens.pad] }];
    expect(tensorsLeftBy(() => scorePairs(network, padding))).toBe(0);
  });
});

describe.each(networks.slice(0, 1))('what scoring refuses', ({ network }) => {
  it.each([
    [{ source: [5], target: [4] }, 'source 0 does not end in eos, the id 2'],
    [{ source: [9, 2], target: [4] }, 'source 0 has the id 9; ids go from 0 to 8'],
    [{ source: [5, 2], target: [10] }, 'target 0 has the id 10; ids go from 0 to 9'],
    [{ source: [5, 2], target: [4, 2] }, 'target 0 has eos, the id 2; it is given without'],
  ])('is %j', (pair, message) => {
    expect(() => scorePairs(network, [pair])).toThrow(InvalidInput);
    expect(() => scorePairs(network, [pair])).toThrow(message);
  });

  it('is not an empty list: that gives nothing', () => {
    expect(scorePairs(network, [])).toEqual([]);
  });
});
