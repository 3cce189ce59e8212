/** A dataset's files of tokenizers that were trained elsewhere. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredFile } from '@honyaku/contracts';
import { type TokenizerFiles } from '../tokenizer/joint-vocabulary.ts';
import { storedFileOf } from './stored-file.ts';
import { type TrainedTokenizers } from './train-tokenizers.ts';
import { key as vocabularyKey } from './write-joint-vocabulary.ts';

/** Copies them into the folder, under the names that trained ones have. */
export async function copyTokenizers(
  { source, target, vocabulary }: TokenizerFiles,
  folder: string,
): Promise<TrainedTokenizers & { readonly vocabulary?: StoredFile }> {
  const copy = async (path: string, key: string): Promise<StoredFile> => {
    const bytes = await readFile(path);
    await writeFile(join(folder, key), bytes);
    return storedFileOf(key, bytes);
  };
  return {
    tokenizers: { source: await copy(source, 'source.model'), target: await copy(target, 'target.model') },
    ...(vocabulary === undefined ? {} : { vocabulary: await copy(vocabulary, vocabularyKey) }),
    tooLong: { source: 0, target: 0 },
  };
}
