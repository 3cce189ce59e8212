/** Text files of two sides, a sentence a line; line n of one translates line n of the other. */
import { resolve } from 'node:path';
import { commonLanguage, listOf, namesOf, type OpenCorpus } from './corpus-format.ts';
import { openedFile } from './opened-file.ts';
import { type OnProblem } from './reading-problems.ts';
import { pairLines, tidySentence, type ReadPair } from './sentence-pairs.ts';
import { readSentenceLines, type TextSource } from './text-lines.ts';

export const openParallel: OpenCorpus<'parallel'> = (files, { baseFolder, onProblem }) => {
  const sources = listOf(files.source);
  const targets = listOf(files.target);
  const texts = sources.map((path, index) => ({
    source: openedFile(resolve(baseFolder, path)),
    target: openedFile(resolve(baseFolder, targets[index] ?? path)),
  }));
  return {
    name: `${namesOf(sources)} and ${namesOf(targets)}`,
    licence: files.licence ?? 'not stated',
    sourceLanguage: files.sourceLanguage ?? commonLanguage(sources),
    targetLanguage: files.targetLanguage ?? commonLanguage(targets),
    where: texts.map(({ source, target }) => `${source.name} and ${target.name}`).join(', '),
    pairs: readAll(texts, onProblem),
  };
};

interface Texts {
  readonly source: TextSource;
  readonly target: TextSource;
}

async function* readAll(texts: readonly Texts[], onProblem?: OnProblem): AsyncGenerator<ReadPair> {
  for (const { source, target } of texts) yield* readParallel(source, target, onProblem);
}

/** The pairs of two texts. @throws InvalidInput with both counts when one has more lines */
export async function* readParallel(
  source: TextSource,
  target: TextSource,
  onProblem?: OnProblem,
): AsyncGenerator<ReadPair> {
  const names = { source: source.name, target: target.name };
  const pairs = pairLines(
    { name: source.name, lines: readSentenceLines(source, onProblem) },
    { name: target.name, lines: readSentenceLines(target, onProblem) },
  );
  for await (const lines of pairs) {
    if (lines.source.isBroken || lines.target.isBroken) continue;
    yield {
      source: tidySentence(lines.source.text),
      target: tidySentence(lines.target.text),
      placeOf: (side) => ({ name: names[side], line: lines[side].number, what: 'the line' }),
    };
  }
}
