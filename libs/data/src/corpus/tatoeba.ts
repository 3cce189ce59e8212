/** Japanese–English pairs of Tatoeba, as set-up leaves them: UTF-8, Japanese TAB English. */
import { access } from 'node:fs/promises';
import { Unavailable } from '@honyaku/contracts';
import { type OpenCorpus } from './corpus-format.ts';
import { type ReadPair } from './sentence-pairs.ts';
import { fileText } from './text-lines.ts';
import { readTsv } from './tsv.ts';

export const openTatoeba: OpenCorpus<'tatoeba'> = (_files, { tatoebaPairs }) => ({
  name: 'Tatoeba ja-en',
  licence: 'CC BY 2.0 FR (Tatoeba)',
  sourceLanguage: 'ja',
  targetLanguage: 'en',
  where: tatoebaPairs,
  pairs: readTatoeba(tatoebaPairs),
});

async function* readTatoeba(path: string): AsyncGenerator<ReadPair> {
  await access(path).catch((cause: unknown) => {
    throw new Unavailable(
      `corpus: the Tatoeba pairs are not at ${path}; run \`npm run setup\` to fetch them`,
      {
        cause,
      },
    );
  });
  yield* readTsv(fileText(path), { sourceColumn: 0, targetColumn: 1, quotes: 'none' });
}
