/**
 * IWSLT2017 Japanese–English as published: talks as text, of which some lines describe the talk. The
 * training text is the corpus, as in the notebook; `readIwslt2017HeldOut` reads its dev and test sets.
 */
import { resolve } from 'node:path';
import { InvalidInput } from '@honyaku/contracts';
import { type OpenCorpus } from './corpus-format.ts';
import { type OnProblem } from './reading-problems.ts';
import { pairLines, tidySentence, type ReadPair } from './sentence-pairs.ts';
import { readSentenceLines, type TextLine, type TextSource } from './text-lines.ts';
import { openTextFolder } from './text-folder.ts';

const trainSource = 'train.tags.ja-en.ja';
const trainTarget = 'train.tags.ja-en.en';

export const openIwslt2017: OpenCorpus<'iwslt2017'> = ({ path }, { baseFolder, onProblem }) => ({
  name: 'IWSLT2017 ja-en',
  licence: 'CC BY-NC-ND 4.0',
  sourceLanguage: 'ja',
  targetLanguage: 'en',
  where: resolve(baseFolder, path),
  pairs: readTrain(resolve(baseFolder, path), onProblem),
});

async function* readTrain(path: string, onProblem?: OnProblem): AsyncGenerator<ReadPair> {
  const folder = await openTextFolder(path, (name) => name === trainSource || name === trainTarget);
  try {
    const text = (name: string): TextSource => {
      const found = folder.texts.get(name);
      if (!found) throw new InvalidInput(`${path}: holds no ${name}, the training text of IWSLT2017 ja-en`);
      return found;
    };
    const source = text(trainSource);
    const target = text(trainTarget);
    const pairs = pairLines(
      { name: `${source.name} (without tag lines)`, lines: sentencesOf(source, onProblem) },
      { name: `${target.name} (without tag lines)`, lines: sentencesOf(target, onProblem) },
    );
    for await (const lines of pairs) {
      if (lines.source.isBroken || lines.target.isBroken) continue;
      const sides = { source: tidySentence(lines.source.text), target: tidySentence(lines.target.text) };
      const names = { source: source.name, target: target.name };
      yield {
        ...sides,
        // A line that nobody translated: the publication is fixed, so its reader can't be asked to mend it.
        mayBeLeftOut: true,
        placeOf: (side) => ({ name: names[side], line: lines[side].number, what: 'the line' }),
      };
    }
  } finally {
    folder.close();
  }
}

/** Each side has tag lines of its own (translators are named on one side only), so they go before pairing. */
async function* sentencesOf(text: TextSource, onProblem?: OnProblem): AsyncGenerator<TextLine> {
  for await (const line of readSentenceLines(text, onProblem)) if (!isTagLine(line.text)) yield line;
}

const tagLine = /^\s*<\/?(url|keywords|speaker|talkid|title|description|translator|reviewer|doc)[\s>]/;

/** Whether the line describes the talk. Other tags, such as <i>, may open a sentence. */
export function isTagLine(line: string): boolean {
  return tagLine.test(line);
}
