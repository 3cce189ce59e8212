import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CleaningSettings, DatasetSettings, InvalidInput, installedPaths } from '@honyaku/contracts';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { buildDataset, type DatasetBuild } from './build-dataset.ts';
import { lookUp } from './look-up.ts';
import { openSplit } from './open-split.ts';

const settings = DatasetSettings.parse({
  vocabularySize: { source: 48, target: 48 },
  split: 'grouped',
  cleaning: CleaningSettings.parse({}),
});

/** Different pairs whose sides nobody shares. */
const distinct = Array.from(
  { length: 400 },
  (_, index) => `Haus Nummer ${word(index)}\tHouse number ${word(index)}`,
);

/** A number in letters, since pairs of digits are left out. */
function word(index: number): string {
  return [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
}

async function buildOf(
  lines: readonly string[],
  changes: Partial<DatasetSettings> = {},
): Promise<DatasetBuild> {
  const folder = await temporaryFolder();
  const corpusFile = await writeLines(join(folder, 'pairs.tsv'), lines);
  return {
    corpusFile,
    settings: { ...settings, ...changes },
    languages: { source: 'de', target: 'en' },
    folder: join(folder, 'dataset'),
    pythonPath: installedPaths().sentencepiece,
  };
}

/** Lines of the corpus in a set, counted from 0. */
async function linesOf({ folder }: DatasetBuild, set: 'train' | 'dev' | 'test'): Promise<number[]> {
  const numbers = tableFromIPC(await readFile(join(folder, `${set}-00000.arrow`))).getChild('pair');
  return Array.from(numbers ?? [], Number);
}

describe('a dataset of a cleaned corpus', () => {
  it('of 2,000 pairs of which each stands five times has each once, in one set, and tells the number', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => distinct[index % 400] ?? '');
    const build = await buildOf(lines);
    const { findings } = await buildDataset(build);
    const sets = await Promise.all((['train', 'dev', 'test'] as const).map((set) => linesOf(build, set)));
    const pairs = sets.map((numbers) => new Set(numbers.map((number) => lines[number])));
    expect(sets.flat()).toHaveLength(400);
    expect(new Set(pairs.flatMap((set) => [...set])).size).toBe(400);
    expect(findings.cleaning).toMatchObject({ pairs: 2_000, left: { duplicate: { pairs: 1_600 } } });
    expect(findings.overlap.pairs).toBe(0);
  });

  it('of the same pairs without cleaning has no pair in two sets either', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => distinct[index % 400] ?? '');
    const build = await buildOf(lines, { cleaning: 'none' });
    const { findings } = await buildDataset(build);
    const [train, ...others] = await Promise.all(
      (['train', 'dev', 'test'] as const).map(
        async (set) => new Set((await linesOf(build, set)).map((n) => lines[n])),
      ),
    );
    for (const set of others) for (const pair of set) expect(train?.has(pair)).toBe(false);
    expect(findings).not.toHaveProperty('cleaning');
    expect(findings.overlap).toEqual({ pairs: 0, sources: 0, targets: 0 });
    const { train: a = 0, dev: b = 0, test: c = 0 } = findings.pairs;
    expect(a + b + c).toBe(2_000);
  });

  it('has the bytes of the same corpus without cleaning where nothing is left out', async () => {
    const [cleaned, plain] = [await buildOf(distinct), await buildOf(distinct, { cleaning: 'none' })];
    const [one, other] = [await buildDataset(cleaned), await buildDataset(plain)];
    expect(one.findings.cleaning).toEqual({ pairs: 400, left: {} });
    expect([one.shards, one.tokenizers]).toEqual([other.shards, other.tokenizers]);
  });

  it('leaves one-sided pairs out by their lines, and is refused by line where it is not to', async () => {
    const lines = ['\tNobody translated this.', ...distinct];
    const { findings } = await buildDataset(await buildOf(lines));
    const example = { line: 1, source: '', target: 'Nobody translated this.' };
    expect(findings.cleaning?.left).toEqual({ oneSided: { pairs: 1, examples: [example] } });
    const kept = await buildOf(lines, { cleaning: CleaningSettings.parse({ oneSided: false }) });
    await expect(buildDataset(kept)).rejects.toThrow(/pairs\.tsv, line 1: the source sentence is empty/);
  });

  it('has its texts without control characters, in its shards and in the look-up', async () => {
    const dirty = distinct.map((line) =>
      line.replace('Nummer', 'Num\u00admer').replace('number', 'num\u200bber'),
    );
    const build = await buildOf(dirty);
    const { shards, findings } = await buildDataset(build);
    expect(findings.cleaning?.control?.pairs).toBe(400);
    const test = await openSplit(shards.test.map(({ key }) => join(build.folder, key)));
    expect(test.text(0)?.source).toMatch(/^Haus Nummer [a-j]+$/);
    expect(test.text(0)?.target).toMatch(/^House number [a-j]+$/);
    const trainShards = shards.train.map(({ key }) => join(build.folder, key));
    const sources = ['Haus Nummer aa'];
    const [found] = await lookUp({
      corpusFile: build.corpusFile,
      withoutControl: true,
      trainShards,
      sources,
      turn: () => Promise.resolve(),
    });
    expect(found).toMatch(/^House number/);
  });

  it('of which nothing is left is refused with the reasons', async () => {
    const build = await buildOf(Array.from({ length: 20 }, (_, index) => `${index}\t${index}`));
    await expect(buildDataset(build)).rejects.toThrow(InvalidInput);
    await expect(buildDataset(build)).rejects.toThrow(
      /dataset\.cleaning: leaves none of 20 pairs \(noWords 20\)/,
    );
  });
});
