/** TMX 1.4, Translation Memory eXchange: the variants of each unit in two languages, read as a stream. */
import { InvalidInput } from '@honyaku/contracts';
import { type OpenCorpus } from './corpus-format.ts';
import { corpusOfFiles } from './files-corpus.ts';
import { type ReadPair } from './sentence-pairs.ts';
import { type TextSource } from './text-lines.ts';
import { type Languages, type TmxUnit, TmxUnits } from './tmx-units.ts';
import { readXmlText } from './xml-text.ts';

export const openTmx: OpenCorpus<'tmx'> = (files, { baseFolder }) => {
  const languages = { source: files.sourceLanguage, target: files.targetLanguage };
  return corpusOfFiles(files, baseFolder, (text) => readTmx(text, languages));
};

/**
 * @throws InvalidInput naming the line that is no XML of UTF-8, declares entities, or is no TMX, and for a file of which no
 *   unit has both languages
 */
async function* readTmx(text: TextSource, languages: Languages): AsyncGenerator<ReadPair> {
  const units = new TmxUnits(text.name, languages);
  let hasBoth = false;
  for await (const part of readXmlText(text, () => units.line)) {
    for (const unit of units.write(part)) {
      hasBoth ||= unit.source.length > 0 && unit.target.length > 0;
      yield* pairsOf(text.name, unit, languages);
    }
  }
  units.close();
  if (!hasBoth)
    throw new InvalidInput(
      `${text.name}: has no unit in both ${languages.source} and ${languages.target}; ` +
        `its languages are ${[...units.languages].join(', ') || 'not named'}`,
    );
}

/** A unit has a variant in each language as a rule; where one has several, the other's last stands beside the rest. */
function* pairsOf(name: string, unit: TmxUnit, languages: Languages): Generator<ReadPair> {
  const count = Math.max(1, unit.source.length, unit.target.length);
  for (let index = 0; index < count; index += 1)
    yield {
      source: unit.source[index] ?? unit.source.at(-1) ?? '',
      target: unit.target[index] ?? unit.target.at(-1) ?? '',
      placeOf: (side) => ({ name, line: unit.line, what: `the unit's text in ${languages[side]}` }),
    };
}
