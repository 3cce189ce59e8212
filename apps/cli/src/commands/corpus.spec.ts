import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';

let commandLine: CommandLine;
beforeEach(async () => {
  commandLine = await CommandLine.open();
});
afterEach(() => commandLine.close());

const write = (name: string, content: string | Buffer) => writeFile(join(commandLine.folder, name), content);

describe('corpus check', () => {
  it('shows what is refused and what is left out, within 80 columns, and sends nothing', async () => {
    const long = '私は学生です。'.repeat(20);
    await write('a.ja', Buffer.concat([Buffer.from(`${long}\n\n猫。\u200b\n`), Buffer.from([0x83, 0x0a])]));
    await write('a.en', 'one\ntwo\nA cat.\nfour\n');
    const { code, text } = await commandLine.honyaku('corpus', 'check', 'a.ja', 'a.en');
    expect(code).toBe(1);
    expect(commandLine.api.requests).toEqual([]);
    const lines = text.split('\n');
    expect(lines[0]).toBe('a.ja and a.en: 3 pairs, ja → en');
    expect(text).toMatch(/A submission would be refused for\n {7}1 {2}not UTF-8\n/);
    expect(text.replaceAll(/\n +/g, ' ')).toMatch(/a\.ja, line 4: is not UTF-8; save the file as UTF-8/);
    expect(text).toMatch(/Cleaning leaves out 2 of 3 pairs \(dataset\.cleaning\)/);
    expect(text).toMatch(/ {7}1 {2}a side is empty \(oneSided\)\n {10}a\.ja, line 2: {2}\| two\n/);
    expect(text).toMatch(
      / {7}1 {2}one side is far longer than the other \(maxRatio\)\n {10}a\.ja, line 1: 私は.*…\n/,
    );
    expect(text).toMatch(
      /Cleaning keeps\n {7}1 {2}without control .*\n {10}a\.ja, line 3: 猫。<U\+200B> \| A cat\.\n/,
    );
    for (const line of lines) if (!line.includes('/')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
  });

  it('prints one JSON document with --json, and ends with 0 where nothing is refused', async () => {
    await write('a.tsv', 'x\tone\teins\nx\ttwo\tzwei\nx\ttwo\tzwei\n');
    const columns = ['--source-column', '2', '--target-column', '1', '--source', 'de', '--target', 'en'];
    const { code, text } = await commandLine.honyaku('--json', 'corpus', 'check', 'a.tsv', ...columns);
    expect(JSON.parse(text)).toMatchObject({
      name: 'a.tsv',
      languages: { source: 'de', target: 'en' },
      pairs: 3,
      refused: [],
      cleaning: { left: { duplicate: { pairs: 1, examples: [{ line: 3, source: 'zwei', target: 'two' }] } } },
    });
    expect(code).toBe(0);
  });

  it('says where the languages are unknown or turned round, and refuses what is no language', async () => {
    const pairs = [
      'Der Hund schläft heute nicht.\tThe dog does not sleep today.',
      'Ich weiß es.\tI know it.',
    ];
    await write('a.tsv', pairs.map((pair) => `${pair}\n`).join(''));
    const checked = (...words: string[]) => commandLine.honyaku('corpus', 'check', 'a.tsv', ...words);
    expect((await checked()).text).toMatch(/The languages are unknown, so that nothing was\nleft out as in/);
    expect((await checked('--source', 'de')).text).toMatch(/The language of the target is unknown/);
    const turned = await checked('--source', 'ja', '--target', 'en');
    expect(turned.text).toMatch(/Most pairs are not ja → en: are the languages turned round\?/);
    const wrong = await checked('--source', 'deutsch', '--target', 'en');
    expect([wrong.code, wrong.notices]).toEqual([2, expect.stringMatching(/BCP 47 language tag such as ja/)]);
  });

  it('takes corpus and settings from a sweep file', async () => {
    await write('a.de', 'eins\neins\n');
    await write('a.en', 'one\none\n');
    const sweep = (settings: string) =>
      `name: one\ncorpus: { kind: parallel, source: a.de, target: a.en }\ndataset: { ${settings} }\n`;
    await write('sweep.yaml', sweep('cleaning: { duplicate: false }'));
    const kept = await commandLine.honyaku('corpus', 'check', 'sweep.yaml');
    expect(kept.text).toMatch(/Cleaning leaves out 0 of 2 pairs/);
    await write('sweep.yaml', sweep('cleaning: { dupicate: false }'));
    const wrong = await commandLine.honyaku('corpus', 'check', 'sweep.yaml');
    expect(wrong.notices).toMatch(/sweep\.yaml:3: /);
    expect(wrong.code).toBe(2);
  });

  it('names a file that is absent, and a corpus that is stored already', async () => {
    const absent = await commandLine.honyaku('corpus', 'check', 'absent.tsv');
    expect([absent.code, absent.notices]).toEqual([
      2,
      expect.stringMatching(/absent\.tsv: there is no such file/),
    ]);
    await write('sweep.yaml', `name: one\ncorpus: { digest: ${'a'.repeat(64)} }\n`);
    const stored = await commandLine.honyaku('corpus', 'check', 'sweep.yaml');
    expect(stored.notices).toMatch(/names a corpus that is stored already; give the files of a new one/);
  });
});
