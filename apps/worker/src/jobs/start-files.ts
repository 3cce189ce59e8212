/** Local copies of the models that trials start from, and of their tokenizers. */
import { InvalidInput, type Sha256, type StartFile, StartRecord } from '@honyaku/contracts';
import type { TokenizerFiles } from '@honyaku/data';
import { keys } from '@honyaku/storage';
import { localCopy, type TaskContext } from './job-context.ts';

export interface LocalModel {
  readonly path: string;
  readonly sha256: Sha256;
}

/** @throws InvalidInput when there is no such model; Corrupt, NotFound */
export async function startModel(context: TaskContext, digest: Sha256): Promise<LocalModel> {
  const { files } = await startRecord(context, digest);
  return { path: await localFile(context, files.model), sha256: files.model.sha256 };
}

/** @throws InvalidInput when there is no such model; Corrupt, NotFound */
export async function startTokenizers(context: TaskContext, digest: Sha256): Promise<TokenizerFiles> {
  const { source, target, vocabulary } = (await startRecord(context, digest)).files;
  return {
    source: await localFile(context, source),
    target: await localFile(context, target),
    vocabulary: vocabulary && (await localFile(context, vocabulary)),
  };
}

async function startRecord({ store }: TaskContext, digest: Sha256): Promise<StartRecord> {
  const record = await store.getRecord(StartRecord, keys.start(digest));
  if (!record) throw new InvalidInput(`start.digest: there is no model ${digest}`);
  return record;
}

function localFile(context: TaskContext, file: StartFile): Promise<string> {
  return localCopy(context, keys.startFiles, { ...file, key: file.sha256 });
}
