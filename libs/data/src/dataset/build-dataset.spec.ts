import { createHash } from 'node:crypto';
import { readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Cancelled,
  Corrupt,
  DatasetSettings,
  InvalidInput,
  Unavailable,
  installedPaths,
} from '@honyaku/contracts';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { openTokenizer, openTokenizers } from '../tokenizer/tokenizer.ts';
import { type BuildProgress, type DatasetBuild, buildDataset } from './build-dataset.ts';
import { openSplit } from './open-split.ts';

const pythonPath = installedPaths().sentencepiece;
const settings = DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 } });

/** The pairs of a held-out set of a build, as their lines in the corpus. */
async function heldOutLines({ folder }: DatasetBuild, set: 'dev' | 'test' = 'test'): Promise<string[]> {
  const split = await openSplit([join(folder, `${set}-00000.arrow`)]);
  return Array.from({ length: split.length }, (_, index) => {
    const text = split.text(index);
    return `${text?.source}\t${text?.target}`;
  });
}

/** Of what was trained on, the lines of the corpus that the shards name. */
async function trainedLines({ folder, corpusFile }: DatasetBuild): Promise<Set<string>> {
  const lines = (await readFile(corpusFile, 'utf8')).split('\n');
  const numbers = tableFromIPC(await readFile(join(folder, 'train-00000.arrow'))).getChild('pair');
  return new Set(Array.from(numbers ?? [], (number) => lines[Number(number)] ?? ''));
}

async function exampleBuild(lines = exampleLines(400)): Promise<DatasetBuild> {
  const folder = await temporaryFolder();
  const corpusFile = await writeLines(join(folder, 'pairs.tsv'), lines);
  return { corpusFile, settings, folder: join(folder, 'dataset'), pythonPath };
}

describe('a dataset', () => {
  it('has tokenizers, shards and counts that agree with its files and corpus', async () => {
    const build = await exampleBuild();
    const progress: BuildProgress[] = [];
    const built = await buildDataset({ ...build, onProgress: (share) => progress.push(share) });
    expect(built.vocabularySize).toEqual({ source: 60, target: 48 });
    expect(built.skipped).toEqual({ tooLong: 0 });
    expect(built.shards.train.map(({ key, pairs }) => [key, pairs])).toEqual([['train-00000.arrow', 320]]);
    expect(built.shards.test.map(({ key, pairs }) => [key, pairs])).toEqual([['test-00000.arrow', 80]]);
    const files = [...Object.values(built.tokenizers), ...built.shards.train, ...built.shards.test];
    expect((await readdir(build.folder)).sort()).toEqual(files.map(({ key }) => key).sort());
    for (const { key, bytes, sha256 } of files) {
      const content = await readFile(join(build.folder, key));
      expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256]);
    }
    expect(progress.at(0)).toEqual({ stage: 'tokenizers', share: 0 });
    expect(progress).toContainEqual({ stage: 'tokenizers', share: 1 });
    expect(progress.at(-1)).toEqual({ stage: 'encode', share: 1 });

    const lines = exampleLines(400);
    const source = await openTokenizer(join(build.folder, 'source.model'));
    const target = await openTokenizer(join(build.folder, 'target.model'));
    const train = await openSplit([join(build.folder, 'train-00000.arrow')]);
    const test = await openSplit([join(build.folder, 'test-00000.arrow')]);
    let sourceTokens = 0;
    const decoded = [train, test].flatMap((split) =>
      Array.from({ length: split.length }, (_, index) => {
        const pair = split.pair(index);
        if (split === train) sourceTokens += pair.source.length;
        expect([pair.source.at(-1), pair.target[0], pair.target.at(-1)]).toEqual([2, 1, 2]);
        return `${source.decode([...pair.source])}\t${target.decode([...pair.target])}`;
      }),
    );
    expect(decoded.sort()).toEqual(lines.sort());
    expect(built.shards.train[0]?.sourceTokens).toBe(sourceTokens);
    expect(train.text(0)).toBeUndefined();
    const text = test.text(0);
    expect(`${text?.source}\t${text?.target}`).toBe(
      `${source.decode([...test.pair(0).source])}\t${target.decode([...test.pair(0).target])}`,
    );
  });

  it('names each pair by its line in the corpus', async () => {
    const build = await exampleBuild();
    await buildDataset(build);
    const table = tableFromIPC(await readFile(join(build.folder, 'test-00000.arrow')));
    expect(table.schema.fields.map((field) => `${field.name} ${field.type}`)).toEqual([
      'pair Uint32',
      'source List<Uint16>',
      'target List<Uint16>',
      'source_text Utf8',
      'target_text Utf8',
    ]);
    const line = Number(table.getChild('pair')?.get(5));
    expect(exampleLines(400)[line]?.split('\t')[0]).toBe(table.getChild('source_text')?.get(5));
  });

  it('has the same bytes in every file when it is made again elsewhere', async () => {
    const [one, two] = [await exampleBuild(), await exampleBuild()];
    expect(await buildDataset(one)).toEqual(await buildDataset(two));
    for (const file of await readdir(one.folder))
      expect(
        (await readFile(join(one.folder, file))).equals(await readFile(join(two.folder, file))),
        file,
      ).toBe(true);
  });

  it('has joint ids in its shards and one size for both sides where its vocabulary is joint', async () => {
    const [separateBuild, build] = [await exampleBuild(), await exampleBuild()];
    const separate = await buildDataset(separateBuild);
    const built = await buildDataset({ ...build, settings: { ...settings, vocabulary: 'joint' } });
    const { vocabulary, tokenizers, vocabularySize } = built;
    expect([separate.vocabulary, vocabulary?.key]).toEqual([undefined, 'vocab.json']);
    expect(tokenizers).toEqual(separate.tokenizers);
    expect(vocabularySize.source).toBe(vocabularySize.target);
    expect(vocabularySize.source).toBeGreaterThan(60);
    expect(vocabularySize.source).toBeLessThan(60 + 48 - 4);
    expect(built.findings).toEqual(separate.findings);
    const content = await readFile(join(build.folder, 'vocab.json'));
    expect(vocabulary?.sha256).toBe(createHash('sha256').update(content).digest('hex'));

    const pathOf = (name: string) => join(build.folder, name);
    const { source, target } = await openTokenizers({
      source: pathOf(tokenizers.source.key),
      target: pathOf(tokenizers.target.key),
      vocabulary: pathOf('vocab.json'),
    });
    expect([source.size, target.size]).toEqual([vocabularySize.source, vocabularySize.target]);
    const split = await openSplit([pathOf('test-00000.arrow')]);
    for (let index = 0; index < split.length; index += 1) {
      const { source: sourceText = '', target: targetText = '' } = split.text(index) ?? {};
      expect([...split.pair(index).source]).toEqual([...source.encode(sourceText), 2]);
      expect([...split.pair(index).target]).toEqual([1, ...target.encode(targetText), 2]);
      expect(target.decode([...split.pair(index).target])).toBe(targetText);
    }
    const targetIds = Array.from({ length: split.length }, (_, index) => [
      ...split.pair(index).target,
    ]).flat();
    expect(Math.max(...targetIds)).toBeGreaterThan(60);
  });

  describe('whose characters are covered by language', () => {
    // One sentence in 400 has a letter that no other has.
    const rare = '私は本を見た。\tI saw a bœok.';
    const builtWith = async (options: Partial<DatasetBuild>) => {
      const build = { ...(await exampleBuild([...exampleLines(400), rare])), ...options };
      const { findings, tokenizers } = await buildDataset(build);
      const target = await openTokenizer(join(build.folder, tokenizers.target.key));
      return { findings, tokenizers, decoded: target.decode(target.encode('a bœok.')) };
    };
    const byLanguage = { ...settings, characterCoverage: 'by-language' as const };

    it('has every letter of English, and all but the rarest characters of Japanese', async () => {
      const { findings, decoded } = await builtWith({
        settings: byLanguage,
        languages: { source: 'ja', target: 'en' },
      });
      expect(findings.characterCoverage).toEqual({ source: 0.9995, target: 1 });
      expect(decoded).toBe('a bœok.');
    });

    it('goes by the script of sides whose languages are unknown', async () => {
      const { findings } = await builtWith({ settings: byLanguage });
      expect(findings.characterCoverage).toEqual({ source: 0.9995, target: 1 });
    });

    it('has the models of before where the coverage is that of before, by number or without a word', async () => {
      const characterCoverage = { source: 0.9995, target: 0.9995 };
      const [before, named] = [
        await builtWith({}),
        await builtWith({ settings: { ...settings, characterCoverage } }),
      ];
      expect(before.findings.characterCoverage).toEqual(characterCoverage);
      expect(named.tokenizers).toEqual(before.tokenizers);
      expect(before.decoded).toContain('⁇');
    });
  });

  it('leaves out a sentence of 10,000 tokens and counts it', async () => {
    const long = `${'私は本を見た。'.repeat(2_000)}\tI saw a book.`;
    const build = await exampleBuild([...exampleLines(200), long]);
    const built = await buildDataset(build);
    expect(built.skipped).toEqual({ tooLong: 1 });
    const pairs = [...built.shards.train, ...built.shards.test].reduce((sum, shard) => sum + shard.pairs, 0);
    expect(pairs).toBe(200);
    const source = await openTokenizer(join(build.folder, 'source.model'));
    expect(source.encode(long).length).toBeGreaterThan(10_000);
  });

  it('keeps a sentence at the length limit and leaves out one that is a token longer', async () => {
    const lengths = async (maxTokens: number) => {
      const build = await exampleBuild(exampleLines(200));
      const built = await buildDataset({ ...build, settings: { ...settings, maxTokens } });
      const split = await openSplit(built.shards.train.map(({ key }) => join(build.folder, key)));
      const longest = Array.from({ length: split.length }, (_, index) => {
        const { source, target } = split.pair(index);
        return Math.max(source.length - 1, target.length - 2);
      });
      return { longest: Math.max(...longest), tooLong: built.skipped.tooLong };
    };
    const { longest } = await lengths(512);
    expect(await lengths(longest)).toEqual({ longest, tooLong: 0 });
    const cut = await lengths(longest - 1);
    expect(cut.longest).toBeLessThan(longest);
    expect(cut.tooLong).toBeGreaterThan(0);
  });

  it('counts the test pairs that training has too: as pairs, by their source and by their target', async () => {
    const distinct = exampleLines(200);
    const build = await exampleBuild(Array.from({ length: 5 }, () => distinct).flat());
    const { findings } = await buildDataset(build);
    expect(findings.pairs).toEqual({ train: 800, test: 200 });
    const train = await trainedLines(build);
    const test = await heldOutLines(build);
    const side = (lines: Iterable<string>, column: number) =>
      new Set(Array.from(lines, (line) => line.split('\t')[column]));
    expect(findings.overlap).toEqual({
      pairs: test.filter((line) => train.has(line)).length,
      sources: test.filter((line) => side(train, 0).has(line.split('\t')[0])).length,
      targets: test.filter((line) => side(train, 1).has(line.split('\t')[1])).length,
    });
    expect(findings.overlap.pairs).toBeGreaterThan(190);
    expect((await buildDataset(await exampleBuild())).findings.overlap.pairs).toBe(0);
  });

  it('has no pair of a grouped split in both training and a held-out set, and counts its groups', async () => {
    const distinct = Array.from({ length: 2_000 }, (_, n) => `猫が${n}匹いる。\tThere are ${n} cats.`);
    const build = await exampleBuild(Array.from({ length: 5 }, () => distinct).flat());
    const built = await buildDataset({ ...build, settings: { ...settings, split: 'grouped' } });
    const { pairs, groups, overlap } = built.findings;
    expect(overlap).toEqual({ pairs: 0, sources: 0, targets: 0 });
    if (!groups) throw new Error('there are no groups');
    expect(groups.train + groups.dev + groups.test).toBe(2_000);
    expect(pairs).toEqual({ train: 5 * groups.train, dev: 5 * groups.dev, test: 5 * groups.test });
    expect((groups.dev + groups.test) / 2_000).toBeCloseTo(0.2, 1);
    const train = await trainedLines(build);
    for (const set of ['dev', 'test'] as const) {
      const heldOut = await heldOutLines(build, set);
      expect(heldOut).toHaveLength(pairs[set] ?? 0);
      expect(heldOut.filter((line) => train.has(line))).toEqual([]);
      expect(built.shards[set]?.map(({ key }) => key)).toEqual([`${set}-00000.arrow`]);
    }
    expect(train.size).toBe(groups.train);
  });

  it('counts as seen what differs only in a spelling that the tokenizers do not keep', async () => {
    const wide = (text: string) =>
      text.replace(/[a-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));
    const spellings = exampleLines(200).flatMap((line) => [
      line,
      line.replaceAll(' ', '  '),
      line.replaceAll(' ', '\u00A0'),
      wide(line),
    ]);
    const { findings } = await buildDataset(await exampleBuild(spellings));
    expect(findings.pairs.test).toBe(160);
    expect(findings.overlap.pairs).toBeGreaterThan(140);
    expect(findings.overlap.sources).toBeGreaterThanOrEqual(findings.overlap.pairs);
  });

  it.each(['\u200B', '\u00AD', '\u2060', '\u3164', '\u2800 \uFEFF\u0007'])(
    'leaves out and counts a pair of which one side is %j alone',
    async (invisible) => {
      const build = await exampleBuild([
        ...exampleLines(200),
        `猫がいる。\t${invisible}`,
        `${invisible}\tA cat.`,
      ]);
      const { findings, skipped, shards } = await buildDataset(build);
      expect(findings.skipped).toEqual({ tooLong: 0, invisible: 2 });
      expect(skipped).toEqual({ tooLong: 0 });
      expect(findings.pairs.train + findings.pairs.test).toBe(200);
      expect(shards.train.every(({ pairs }) => pairs > 0)).toBe(true);
    },
  );

  it('counts sentences that are too long for the training of a tokenizer', async () => {
    const long = `${'私は本を見た。'.repeat(200)}\tI saw a book.`;
    expect(Buffer.byteLength(long.split('\t')[0] ?? '')).toBeGreaterThan(4192);
    const lines = [...exampleLines(200), long, long];
    const { findings } = await buildDataset(await exampleBuild(lines));
    expect(findings.outsideTokenizers).toEqual({ source: 2, target: 0 });
  });

  it('of which every sentence is too long for the training of a tokenizer is refused with that cause', async () => {
    const build = await exampleBuild(
      exampleLines(50).map((line) => `${line.replace('\t', '。'.repeat(1400) + '\t')}`),
    );
    await expect(buildDataset(build)).rejects.toThrow(InvalidInput);
    await expect(buildDataset(build)).rejects.toThrow(
      /no source sentence to train a tokenizer on.* 50 are longer than 4192 bytes/,
    );
  });

  it('of which too few sentences are short enough for a vocabulary is refused with their number', async () => {
    const lines = exampleLines(60).map((line, index) =>
      index < 10 ? line : line.replace('\t', `${'。'.repeat(1400)}\t`),
    );
    const build = await exampleBuild(lines);
    await expect(
      buildDataset({ ...build, settings: { ...settings, vocabularySize: { source: 4000, target: 40 } } }),
    ).rejects.toThrow(/vocabularySize\.source.*of 60 source sentences 50 are longer than 4192 bytes/);
  });

  it('of which every pair is too long is refused', async () => {
    const build = await exampleBuild(exampleLines(200).map((line) => `${line} ${'x y z '.repeat(50)}`));
    const making = buildDataset({ ...build, settings: { ...settings, maxTokens: 20 } });
    await expect(making).rejects.toThrow(InvalidInput);
    await expect(making).rejects.toThrow(/maxTokens: 20 leaves no pairs to train: all 160/);
  });

  it('whose vocabulary is larger than the corpus allows is an error that names the largest size', async () => {
    const build = await exampleBuild();
    const making = (vocabularySize: DatasetSettings['vocabularySize']) =>
      buildDataset({ ...build, settings: { ...settings, vocabularySize } });
    const error: unknown = await making({ source: 60, target: 8000 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidInput);
    const allowed =
      /^dataset\.vocabularySize\.target: 8000 is more than this corpus allows \(at most (\d+)\)/.exec(
        error instanceof Error ? error.message : '',
      )?.[1];
    expect((await making({ source: 60, target: Number(allowed) })).vocabularySize.target).toBe(
      Number(allowed),
    );
    expect((await readdir(build.folder)).filter((name) => name.startsWith('sentencepiece-'))).toEqual([]);
  });

  it('whose vocabulary is smaller than its characters is an error that names the smallest size', async () => {
    const build = await exampleBuild();
    const making = buildDataset({
      ...build,
      settings: { ...settings, vocabularySize: { source: 10, target: 50 } },
    });
    await expect(making).rejects.toThrow(InvalidInput);
    await expect(making).rejects.toThrow(
      /vocabularySize\.source: 10 is less than this corpus needs \(at least \d+/,
    );
  });

  it('without the Python package is an error that says how to get it', async () => {
    const build = await exampleBuild();
    const making = buildDataset({ ...build, pythonPath: build.folder });
    await expect(making).rejects.toThrow(Unavailable);
    await expect(making).rejects.toThrow(/Python package sentencepiece.*npm run setup/);
  });

  it('stops when its signal aborts', async () => {
    const stop = new AbortController();
    const making = buildDataset({
      ...(await exampleBuild()),
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(making).rejects.toThrow(Cancelled);
  });
});

describe('a shard', () => {
  it('that is truncated, garbage, absent or of another shape is corrupt', async () => {
    const build = await exampleBuild();
    await buildDataset(build);
    const path = join(build.folder, 'train-00000.arrow');
    const whole = await readFile(path);
    for (const length of [0, 5, 100, whole.length / 2, whole.length - 1]) {
      await truncate(path, Math.floor(length));
      await expect(openSplit([path]), `cut to ${length}`).rejects.toThrow(Corrupt);
      await writeFile(path, whole);
    }
    await writeFile(path, Buffer.concat([whole.subarray(0, 8), Buffer.alloc(500, 7), whole.subarray(-6)]));
    await expect(openSplit([path])).rejects.toThrow(Corrupt);
    await expect(openSplit([join(build.folder, 'source.model')])).rejects.toThrow(/is not an Arrow file/);
    await expect(openSplit([join(build.folder, 'absent.arrow')])).rejects.toThrow(Corrupt);
  });
});
