/** What is wrong with a corpus, in lines of a terminal. */
import {
  type CleaningFinding,
  type CleaningReason,
  type CleaningReport,
  cleaningReasons,
  pairsLeftOut,
  unknownLanguage,
} from '@honyaku/contracts';
import { basename } from 'node:path';
import { type CorpusCheck, type Refusal } from '@honyaku/data';
import stringWidth from 'string-width';
import { countText } from './texts.ts';

const refusals: Record<Refusal['kind'], string> = {
  encoding: 'not UTF-8',
  nul: 'NUL characters',
  column: 'columns missing',
  quotes: 'quotes of a spreadsheet',
  json: 'not JSON',
  field: 'fields missing or no text',
  stopped: 'reading ended here; what follows was not looked at',
};

const reasons: Record<CleaningReason, string> = {
  oneSided: 'a side is empty',
  encoding: 'broken encoding',
  markup: 'mostly tags, entities or addresses',
  noWords: 'mostly digits and signs',
  tooLong: 'a side is too long, in characters',
  identical: 'both sides are the same',
  ratio: 'one side is far longer than the other',
  script: 'in another script than its language',
  language: 'in another language',
  duplicate: 'stands in the corpus before',
};

/** The setting of each reason where it has another name. */
const settings: Partial<Record<CleaningReason, string>> = {
  markup: 'maxMarkup',
  noWords: 'minLetters',
  tooLong: 'maxCharacters',
  ratio: 'maxRatio',
  script: 'minScript',
};

/** @param columns that lines may have; longer examples are cut */
export function checkTexts(check: CorpusCheck, columns: number): string[] {
  const { name, languages, pairs, refused } = check;
  return [
    `${name}: ${countText(pairs, 'pair')}, ${languages.source} → ${languages.target}`,
    ...(refused.length === 0 ? [] : ['', 'A submission would be refused for']),
    ...refused.flatMap(({ kind, count, examples }) => [
      `${number(count)}  ${refusals[kind]}`,
      ...examples.flatMap((text) => wrapped(text, columns - indent.length).map((line) => `${indent}${line}`)),
    ]),
    ...cleaningTexts(check.cleaning).map((line) => cutTo(line, columns)),
    ...languageTexts(check),
  ];
}

/** What the languages say of all that was found. */
function languageTexts({ languages, cleaning: { pairs, left } }: CorpusCheck): string[] {
  const unknown = Object.entries(languages).filter(([, language]) => language === unknownLanguage);
  const [side] = unknown.map(([name]) => name);
  if (side !== undefined)
    return [
      '',
      `The ${unknown.length === 2 ? 'languages are' : `language of the ${side} is`} unknown, so that nothing was`,
      'left out as in another script or language: name them (--source, --target).',
    ];
  const foreign = (left.script?.pairs ?? 0) + (left.language?.pairs ?? 0);
  return foreign * 2 > pairs
    ? ['', `Most pairs are not ${languages.source} → ${languages.target}: are the languages turned round?`]
    : [];
}

/** What cleaning leaves out, by reason, with examples: a headline, and lines that may be cut. */
export function cleaningTexts({ pairs, left, control }: CleaningReport): string[] {
  const found = cleaningReasons.flatMap((reason) => {
    const finding = left[reason];
    return finding ? linesOf(finding, `${reasons[reason]} (${settings[reason] ?? reason})`) : [];
  });
  return [
    ...(pairs === 0
      ? []
      : [
          '',
          `Cleaning leaves out ${pairsLeftOut({ left })} of ${countText(pairs, 'pair')} (dataset.cleaning)`,
        ]),
    ...found,
    ...(control
      ? ['', 'Cleaning keeps', ...linesOf(control, 'without control or zero-width characters (control)')]
      : []),
  ];
}

function linesOf({ pairs, examples }: CleaningFinding, what: string): string[] {
  return [
    `${number(pairs)}  ${what}`,
    ...examples.map(({ file, line, source, target }) => {
      const place = file === undefined ? `line ${line}` : `${basename(file)}, line ${line}`;
      return `${indent}${place}: ${shown(source)} | ${shown(target)}`;
    }),
  ];
}

const indent = ' '.repeat(10);

/** Lines of whole words; a longer word, such as a path, has a line of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || stringWidth(longer) > columns) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function number(count: number): string {
  return `${count}`.padStart(8);
}

/** What cannot be seen, or would move the cursor, as its number. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{fffd}]/gu, (each) =>
    each === '\ufffd'
      ? each
      : `<U+${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}

function cutTo(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  const characters = [...line];
  while (stringWidth(characters.join('')) > columns - 1) characters.pop();
  return `${characters.join('')}…`;
}
