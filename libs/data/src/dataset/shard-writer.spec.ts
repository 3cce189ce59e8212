import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-files.ts';
import { openSplit } from './open-split.ts';
import { ShardWriter } from './shard-writer.ts';

describe('a split of several shards', () => {
  it('reads as one, pair by pair', async () => {
    const folder = await temporaryFolder();
    const writer = new ShardWriter('test', folder, 3);
    const pairs = Array.from({ length: 8 }, (_, line) => ({
      line,
      sourceIds: Uint16Array.of(10 + line),
      targetIds: new Uint16Array(line).fill(65_534),
      text: { source: `文${line}`, target: `sentence ${line}` },
    }));
    for (const pair of pairs) await writer.add(pair);
    const shards = await writer.finish();
    expect(shards.map(({ key, pairs, targetTokens }) => [key, pairs, targetTokens])).toEqual([
      ['test-00000.arrow', 3, 9],
      ['test-00001.arrow', 3, 18],
      ['test-00002.arrow', 2, 17],
    ]);
    const split = await openSplit(shards.map(({ key }) => join(folder, key)));
    expect(split.length).toBe(8);
    for (const { line, sourceIds, targetIds, text } of pairs) {
      expect([...split.pair(line).source]).toEqual([...sourceIds, 2]);
      expect([...split.pair(line).target]).toEqual([1, ...targetIds, 2]);
      expect(split.text(line)).toEqual(text);
    }
    expect(() => split.pair(8)).toThrow(/outside a split of 8/);
  });
});
