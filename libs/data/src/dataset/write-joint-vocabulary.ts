/** The file of a dataset's joint vocabulary. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredFile } from '@honyaku/contracts';
import { JointVocabulary, type TokenizerFiles } from '../tokenizer/joint-vocabulary.ts';
import { readModelPieces } from '../tokenizer/model-pieces.ts';
import { storedFileOf } from './stored-file.ts';

export const key = 'vocab.json';

/**
 * Writes `vocab.json`, the union of two models, into the folder.
 * @throws InvalidInput when it is larger than ids in shards allow
 */
export async function writeJointVocabulary(models: TokenizerFiles, folder: string): Promise<StoredFile> {
  const piecesOf = async (path: string) => readModelPieces(await readFile(path), path);
  const [source, target] = await Promise.all([piecesOf(models.source), piecesOf(models.target)]);
  const bytes = Buffer.from(JointVocabulary.unionOf(source, target).json);
  await writeFile(join(folder, key), bytes);
  return storedFileOf(key, bytes);
}
