/** Two text files, a sentence a line; line n of one translates line n of the other. */
import { basename, resolve } from 'node:path';
import { type OpenCorpus, languageOfFile } from './corpus-format.ts';
import { pairLines, requireSentence, type SentencePair } from './sentence-pairs.ts';
import { fileText, readSentenceLines, type TextSource } from './text-lines.ts';

export const openParallel: OpenCorpus<'parallel'> = (files, { baseFolder }) => {
  const source = fileText(resolve(baseFolder, files.source));
  const target = fileText(resolve(baseFolder, files.target));
  return {
    name: `${basename(files.source)} and ${basename(files.target)}`,
    licence: files.licence ?? 'not stated',
    sourceLanguage: files.sourceLanguage ?? languageOfFile(files.source),
    targetLanguage: files.targetLanguage ?? languageOfFile(files.target),
    where: `${source.name} and ${target.name}`,
    pairs: readParallel(source, target),
  };
};

async function* readParallel(source: TextSource, target: TextSource): AsyncGenerator<SentencePair> {
  const pairs = pairLines(
    { name: source.name, lines: readSentenceLines(source) },
    { name: target.name, lines: readSentenceLines(target) },
  );
  for await (const pair of pairs)
    yield {
      source: requireSentence(pair.source.text, source.name, pair.source.number),
      target: requireSentence(pair.target.text, target.name, pair.target.number),
    };
}
