import { join } from 'node:path';
import { Cancelled, type DatasetSettings, InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { allotGroups } from './allot-groups.ts';
import { CorpusIndex } from './corpus-index.ts';
import { generatorFor } from './random.ts';

const settings = { seed: 1, testFraction: 0.2 };
type Changes = Partial<typeof settings & Pick<DatasetSettings, 'maxPairs' | 'published'>>;

/** The lines of each set. */
async function split(lines: readonly string[], changes: Changes = {}, turn = () => Promise.resolve()) {
  const path = await writeLines(join(await temporaryFolder(), 'pairs.tsv'), [...lines]);
  const corpus = await CorpusIndex.open(path);
  try {
    const allotted = await allotGroups(corpus, { ...settings, ...changes }, turn);
    const { groups, publishedPairs, ...sets } = allotted;
    const textOf = (numbers: Uint32Array) => Array.from(numbers, (line) => lines[line] ?? '');
    return {
      train: textOf(sets.train),
      dev: textOf(sets.dev),
      test: textOf(sets.test),
      groups,
      publishedPairs,
    };
  } finally {
    corpus.close();
  }
}

type Sets = Awaited<ReturnType<typeof split>>;

/** The set of each line; a line that stands in two throws. */
function setsOf(sets: Sets): Map<string, string> {
  const found = new Map<string, string>();
  for (const set of ['train', 'dev', 'test'] as const)
    for (const line of sets[set]) {
      if ((found.get(line) ?? set) !== set) throw new Error(`${line} is in ${found.get(line)} and in ${set}`);
      found.set(line, set);
    }
  return found;
}

const singles = Array.from({ length: 4_000 }, (_, n) => `文 ${n}\tsentence ${n}`);

/** 1 to 20 pairs of a group, each of which shares a side with the one before. */
const chains = Array.from({ length: 1_000 }, (_, group) =>
  Array.from(
    { length: 1 + (group % 20) },
    (_, n) => `鎖 ${group} の ${Math.floor(n / 2)}\tlink ${Math.floor((n + 1) / 2)} of chain ${group}`,
  ),
);

describe('a grouped split', () => {
  it('keeps all pairs that share a side, also by way of others, in one set', async () => {
    const found = setsOf(await split(chains.flat()));
    for (const chain of chains) expect(new Set(chain.map((line) => found.get(line))).size).toBe(1);
    expect(found.size).toBe(chains.flat().length);
  });

  it('names the setting that leaves a set empty, and how many published pairs there are', async () => {
    await expect(split(chains.flat(), { published: 'held-out' })).rejects.toThrow(
      /^dataset\.published: held-out .* of which the corpus has 0 of its \d+, and leaves .*leave the setting out/,
    );
  });

  it('holds testFraction of the groups out, large ones no more often than small ones, half as dev set', async () => {
    const { groups, dev, test } = await split(chains.flat(), { testFraction: 0.3 });
    expect(groups.train + groups.dev + groups.test).toBe(1_000);
    for (const count of [groups.dev, groups.test]) expect(Math.abs(count - 150)).toBeLessThan(35);
    const pairs = dev.length + test.length;
    expect(pairs / chains.flat().length).toBeCloseTo(0.3, 1);
  });

  it('is the same for another order of the corpus and another seed', async () => {
    const generator = generatorFor('order');
    const shuffled = chains
      .flat()
      .map((line) => ({ line, key: generator.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ line }) => line);
    const one = setsOf(await split(chains.flat()));
    const two = setsOf(await split(shuffled, { seed: 2 }));
    expect(new Map([...two].sort())).toEqual(new Map([...one].sort()));
  });

  it('is the same for a corpus of another size and for maxPairs, and a larger fraction holds out more of the same', async () => {
    const whole = setsOf(await split(singles));
    for (const part of [
      setsOf(await split(singles.slice(1_000, 2_500))),
      setsOf(await split(singles, { maxPairs: 500, seed: 3 })),
    ])
      for (const [line, set] of part) expect(set).toBe(whole.get(line));
    const larger = setsOf(await split(singles, { testFraction: 0.4 }));
    for (const [line, set] of whole) if (set !== 'train') expect(larger.get(line)).toBe(set);
  });

  it('takes for the same side what differs in case, width, punctuation or white space', async () => {
    const variants = (n: number) => [
      `猫は、${n}匹。\tA cat ${n}.`,
      `猫は${n}匹\tone`.replace('one', `A different one ${n}`),
      `犬${n}\tＡ　ＣＡＴ ${n}！`,
    ];
    const { groups } = await split(Array.from({ length: 200 }, (_, n) => variants(n)).flat());
    expect(groups.train + groups.dev + groups.test).toBe(200);
  });

  it('joins neither signs that differ nor sides of which nothing can be seen', async () => {
    const lines = Array.from({ length: 200 }, (_, n) => `無 ${n}\t\u200B`);
    const { groups } = await split([...lines, '星\t☆', '月\t☽']);
    expect(groups.train + groups.dev + groups.test).toBe(202);
  });

  it('that leaves a set empty is refused with the number of groups', async () => {
    const same = Array.from({ length: 50 }, () => '同じ\tthe same');
    await expect(split(same)).rejects.toThrow(InvalidInput);
    await expect(split(same)).rejects.toThrow(
      /^dataset\.testFraction: 0\.2 of 1 groups of pairs that share a side \(50 pairs\) leaves .*dataset\.split to random$/,
    );
  });

  it('stops when a turn throws', async () => {
    const stop = () => Promise.reject(new Cancelled('stopped'));
    await expect(split(singles, {}, stop)).rejects.toThrow(Cancelled);
  });
});

describe('pairs of published sets (nmt-tips: of Tatoeba, CC BY 2.0 FR)', () => {
  const dev = ['無知は幸福。\tIgnorance is bliss.', '彼は森で迷った\tHe lost his way in the woods.'];
  const test = ['万事順調だ。\tEverything is all right.', '彼は大物だ。\tHe is a big shot.'];
  const related = 'すべて順調です。\tEverything is all right!';
  const lines = [...singles.slice(0, 500), ...dev, ...test, related];

  it('are in no set, nor are pairs that share a side with one, and they are counted', async () => {
    const sets = await split(lines);
    expect(sets.publishedPairs).toBe(5);
    expect(setsOf(sets).size).toBe(500);
    expect([...setsOf(sets).keys()].filter((line) => !singles.includes(line))).toEqual([]);
    expect(sets.groups.train + sets.groups.dev + sets.groups.test).toBe(500);
  });

  it('are found on either side', async () => {
    const turned = lines.map((line) => line.split('\t').reverse().join('\t'));
    expect((await split(turned)).publishedPairs).toBe(5);
  });

  it('are the dev and the test set where that is asked for, and all others train', async () => {
    const sets = await split(lines, { published: 'held-out' });
    expect([...sets.dev].sort()).toEqual([...dev].sort());
    expect([...sets.test].sort()).toEqual([...test].sort());
    expect(sets.train).toHaveLength(500);
    expect(sets.publishedPairs).toBe(1);
    expect(sets.groups).toEqual({ train: 500, dev: 2, test: 2 });
  });

  it('are as others where that is asked for', async () => {
    const sets = await split(lines, { published: 'as-others' });
    expect(sets.publishedPairs).toBe(0);
    expect(setsOf(sets).size).toBe(lines.length);
  });
});
