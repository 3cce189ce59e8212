import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-files.ts';
import { type HeldOutPair, readIwslt2017HeldOut } from './iwslt2017-held-out.ts';
import { writeCorpus } from './write-corpus.ts';

const japanese = `<url>http://www.ted.com/talks/x</url>
<keywords>talks, science</keywords>
<speaker>A B</speaker>
<talkid>1</talkid>
<title>A B: 題</title>
<description>TED 講演: 説明</description>
<reviewer href="http://x">C D</reviewer>
<translator href="http://x">E F</translator>
 ありがとう。
<i>これ</i>は本です。

水 &amp; 魚。
`;
const english = `<url>http://www.ted.com/talks/x</url>
<keywords>talks, science</keywords>
<speaker>A B</speaker>
<talkid>1</talkid>
<title>A B: A title</title>
<description>TED Talk</description>
Thank you.
<i>This</i> is a book.
Nobody translated this.
Water &amp; fish.
`;
const pairs =
  'ありがとう。\tThank you.\n<i>これ</i>は本です。\t<i>This</i> is a book.\n水 &amp; 魚。\tWater &amp; fish.\n';

const xml = (language: string, texts: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<mteval>
<refset setid="iwslt2017-dev2010" srclang="japanese" trglang="${language}" refid="ref">
<doc docid="69" genre="lectures">
<url>http://www.ted.com/a?b&c</url>
<title>Title</title>
${texts.map((text, index) => `<seg id="${index + 1}"> ${text} </seg>`).join('\n')}
</doc>
</refset>
</mteval>
`;

async function published(): Promise<string> {
  const folder = await temporaryFolder();
  const inner = join(folder, 'ja-en');
  await mkdir(inner);
  await writeFile(join(inner, 'train.tags.ja-en.ja'), japanese);
  await writeFile(join(inner, 'train.tags.ja-en.en'), english);
  await writeFile(join(inner, 'IWSLT17.TED.dev2010.ja-en.ja.xml'), xml('ja', ['「&#x732B;」&lt;3', '12']));
  await writeFile(
    join(inner, 'IWSLT17.TED.dev2010.ja-en.en.xml'),
    xml('en', ['Q&amp;A &quot;cat&quot; &amp;lt; R&D', '12']),
  );
  return folder;
}

function zipped(folder: string): string {
  const zip = join(folder, 'ja-en.zip');
  execFileSync('python3', ['-m', 'zipfile', '-c', zip, join(folder, 'ja-en')]);
  return zip;
}

async function heldOut(path: string): Promise<HeldOutPair[]> {
  const found: HeldOutPair[] = [];
  for await (const pair of readIwslt2017HeldOut(path)) found.push(pair);
  return found;
}

describe('IWSLT2017 as published', () => {
  it.each(['folder', 'zip'])('in a %s gives the training sentences without the tag lines', async (form) => {
    const folder = await published();
    const path = form === 'zip' ? zipped(folder) : folder;
    const output = join(folder, 'pairs.tsv');
    const corpus = await writeCorpus({ kind: 'iwslt2017', path }, '/', 'unused', output);
    expect(await readFile(output, 'utf8')).toBe(pairs);
    expect(corpus).toMatchObject({
      pairs: 3,
      leftOut: 1,
      licence: 'CC BY-NC-ND 4.0',
      name: 'IWSLT2017 ja-en',
    });
  });

  it('leaves a sentence that nobody translated to cleaning, where there is one', async () => {
    const folder = await published();
    const output = join(folder, 'pairs.tsv');
    const source = { kind: 'iwslt2017', path: folder } as const;
    const corpus = await writeCorpus(source, '/', 'unused', output, { keepsOneSided: true });
    expect(corpus).toMatchObject({ pairs: 4 });
    expect(corpus).not.toHaveProperty('leftOut');
    expect(await readFile(output, 'utf8')).toContain('\n\tNobody translated this.\n');
  });

  it.each(['folder', 'zip'])(
    'in a %s gives the dev and test segments with entities decoded',
    async (form) => {
      const folder = await published();
      expect(await heldOut(form === 'zip' ? zipped(folder) : folder)).toEqual([
        { set: 'dev2010', source: '「猫」<3', target: 'Q&A "cat" &lt; R&D' },
        { set: 'dev2010', source: '12', target: '12' },
      ]);
    },
  );

  it('with a sentence missing on one side is refused with both counts', async () => {
    const folder = await published();
    await writeFile(join(folder, 'ja-en', 'train.tags.ja-en.en'), `${english}One more.\n`);
    const write = writeCorpus({ kind: 'iwslt2017', path: '.' }, folder, 'unused', join(folder, 'out'));
    await expect(write).rejects.toThrow(InvalidInput);
    await expect(write).rejects.toThrow(/ja \(without tag lines\) has 4 lines but .* has 5/);
  });

  it('with a dev set that is cut off or has other segments is refused', async () => {
    const folder = await published();
    const path = join(folder, 'ja-en', 'IWSLT17.TED.dev2010.ja-en.en.xml');
    await writeFile(path, xml('en', ['one']));
    await expect(heldOut(folder)).rejects.toThrow(/has 2 segments and .* has 1; .* segment 2/);
    await writeFile(path, xml('en', ['one', 'two']).replace(/two <.seg>[^]*/, 'tw'));
    await expect(heldOut(folder)).rejects.toThrow(/the file is cut off|is not XML/);
  });

  it('without its training text, or that is no zip, is refused', async () => {
    const folder = await temporaryFolder();
    const write = (path: string) =>
      writeCorpus({ kind: 'iwslt2017', path }, folder, 'unused', join(folder, 'out'));
    await expect(write('.')).rejects.toThrow(/holds no train\.tags\.ja-en\.ja/);
    await writeFile(join(folder, 'x.zip'), 'not a zip');
    await expect(write('x.zip')).rejects.toThrow(/x\.zip: is neither a folder nor a readable zip/);
    await expect(write('absent')).rejects.toThrow(/absent: there is no such file/);
  });
});
