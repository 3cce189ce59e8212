/**
 * Pairs of Tatoeba, as set-up leaves them: Japanese TAB English in one file, and in another, a line for each Japanese
 * sentence, its translations in columns. A pair of two other languages is one of translations of the same Japanese.
 */
import { access } from 'node:fs/promises';
import { installedPaths, tatoebaLanguages, Unavailable } from '@honyaku/contracts';
import { type OpenCorpus } from './corpus-format.ts';
import { type ReadPair } from './sentence-pairs.ts';
import { fileText } from './text-lines.ts';
import { readTsv } from './tsv.ts';

type Language = (typeof tatoebaLanguages)[number];

export const openTatoeba: OpenCorpus<'tatoeba'> = (files, { tatoebaPairs, tatoebaSentences }) => {
  const { source = 'ja', target = 'en' } = files;
  const isJapaneseEnglish = [source, target].sort().join('-') === 'en-ja';
  const path = isJapaneseEnglish ? tatoebaPairs : (tatoebaSentences ?? installedPaths().tatoebaSentences);
  return {
    name: `Tatoeba ${source}-${target}`,
    licence: 'CC BY 2.0 FR (Tatoeba)',
    sourceLanguage: source,
    targetLanguage: target,
    where: path,
    pairs: isJapaneseEnglish ? readJapaneseEnglish(path, source) : readOthers(path, source, target),
  };
};

async function* readJapaneseEnglish(path: string, source: Language): AsyncGenerator<ReadPair> {
  await requireFile(path, 'pairs', 'npm run setup');
  const [sourceColumn, targetColumn] = source === 'ja' ? [0, 1] : [1, 0];
  yield* readTsv(fileText(path), { sourceColumn, targetColumn, quotes: 'none' });
}

/** Each pair once: several Japanese sentences may have the same translations. */
async function* readOthers(path: string, source: Language, target: Language): AsyncGenerator<ReadPair> {
  await requireFile(path, 'sentences in other languages', 'npm run setup -- --languages');
  const columnOf = (language: Language) => tatoebaLanguages.indexOf(language);
  const [sourceColumn, targetColumn] = [columnOf(source), columnOf(target)];
  const seen = new Set<string>();
  for await (const pair of readTsv(fileText(path), { sourceColumn, targetColumn, quotes: 'none' })) {
    const key = `${pair.source}\t${pair.target}`;
    if (pair.source === '' || pair.target === '' || seen.has(key)) continue;
    seen.add(key);
    yield pair;
  }
}

async function requireFile(path: string, what: string, command: string): Promise<void> {
  await access(path).catch((cause: unknown) => {
    const message = `corpus: the Tatoeba ${what} are not at ${path}; run \`${command}\` to fetch them`;
    throw new Unavailable(message, { cause });
  });
}
