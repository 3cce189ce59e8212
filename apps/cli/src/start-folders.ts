/** Folders of models that a sweep starts from, read and checked: bundles of ours, and Marian models. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  BundleConfig,
  type BundleFile,
  Corrupt,
  InvalidInput,
  type StartFile,
  type StartRecord,
  architectureOf,
  fromJson,
  marianFileNames,
  readMarianConfig,
  startRecordOf,
  unreadable,
} from '@honyaku/contracts';
import { checkTokenizers } from '@honyaku/data';
import { convertMarianWeights } from '@honyaku/model/marian-weights';
import { configName, isThere } from './bundle-forms.ts';

export interface StartFolder {
  readonly record: StartRecord;
  /** Of the files that the record names. */
  readonly paths: ReadonlyMap<BundleFile, string>;
}

type Paths = Readonly<Record<Exclude<BundleFile, 'vocabulary'>, string>> & { readonly vocabulary?: string };

const pickled = 'pytorch_model.bin';
const converter = 'tools/marian/to_safetensors.py';

/**
 * A folder that `honyaku best --output` wrote.
 * @throws InvalidInput naming what is missing or of another form; Corrupt when a file is not the one that its config names
 */
export async function readBundleFolder(folder: string): Promise<StartFolder> {
  const path = await existing(folder, configName);
  const text = await readFile(path, 'utf8');
  if (await isThere(join(folder, marianFileNames.source)))
    throw new InvalidInput(
      `${folder} is no bundle, but holds a model in another form; Marian's is named by start.marian`,
    );
  const config = fromJson(BundleConfig, text, path);
  const { model, source, target, vocabulary } = config.files;
  const pathOf = (key: string) => existing(folder, basename(key));
  const paths: Paths = {
    model: await pathOf(model.key),
    source: await pathOf(source.key),
    target: await pathOf(target.key),
    ...(vocabulary ? { vocabulary: await pathOf(vocabulary.key) } : {}),
  };
  const name = `trial ${config.trialId} after epoch ${config.epoch}`;
  const described = await describe(paths, { name, architecture: architectureOf(config.hyperparameters) });
  for (const [file, { sha256 }] of Object.entries(described.record.files)) {
    const named = new Map(Object.entries(config.files)).get(file);
    if (named?.sha256 !== sha256)
      throw new Corrupt(`${folder}: the ${file} is not the one that ${configName} names`);
  }
  requireRows(described.record, config.vocabularySize, path);
  return described;
}

/**
 * A folder in the form of OPUS-MT's models.
 * @param temporary folder for the weights as a checkpoint of ours has them
 * @throws InvalidInput naming what is missing or does not fit; Corrupt
 */
export async function readMarianFolder(folder: string, temporary: string): Promise<StartFolder> {
  const configPath = await existing(folder, configName);
  const network = readMarianConfig(await readJson(configPath), configPath);
  const paths: Paths = {
    model: join(temporary, marianFileNames.model),
    source: await existing(folder, marianFileNames.source),
    target: await existing(folder, marianFileNames.target),
    vocabulary: await existing(folder, marianFileNames.vocabulary),
  };
  const weights = join(folder, marianFileNames.model);
  if (!(await isThere(weights)) && (await isThere(join(folder, pickled))))
    throw new InvalidInput(
      `${folder} has ${pickled}, which may hold programs; python ${converter} ${folder} writes its weights as ` +
        marianFileNames.model,
    );
  await existing(folder, marianFileNames.model);
  await convertMarianWeights(weights, network, paths.model).catch((error: unknown) => {
    if (error instanceof Corrupt && error.message.includes(' has the type '))
      throw new InvalidInput(`${error.message}; python ${converter} ${folder} writes it as 32-bit floats`, {
        cause: error,
      });
    throw error;
  });
  const name = `the Marian model ${basename(folder)}`;
  const described = await describe(paths, { name, architecture: network.architecture });
  // Our ids have one more: padding, which has no row of its own.
  const size = network.rows + 1;
  requireRows(described.record, { source: size, target: size }, configPath);
  return described;
}

async function describe(
  paths: Paths,
  { name, architecture }: Pick<StartRecord, 'name' | 'architecture'>,
): Promise<StartFolder> {
  const { pieces, vocabularySize } = await checkTokenizers(paths);
  const record = startRecordOf({
    name,
    architecture,
    vocabularySize,
    dataset: {
      vocabulary: paths.vocabulary === undefined ? 'separate' : 'joint',
      vocabularySize: pieces,
    },
    files: {
      model: await measured(paths.model),
      source: await measured(paths.source),
      target: await measured(paths.target),
      ...(paths.vocabulary === undefined ? {} : { vocabulary: await measured(paths.vocabulary) }),
    },
  });
  const { vocabulary } = paths;
  return {
    record,
    paths: new Map<BundleFile, string>([
      ['model', paths.model],
      ['source', paths.source],
      ['target', paths.target],
      ...(vocabulary === undefined ? [] : [['vocabulary', vocabulary] as const]),
    ]),
  };
}

/** @throws InvalidInput when the network was made for other vocabularies than the tokenizers' */
function requireRows(
  { vocabularySize }: StartRecord,
  expected: StartRecord['vocabularySize'],
  where: string,
): void {
  for (const side of ['source', 'target'] as const)
    if (vocabularySize[side] !== expected[side])
      throw new InvalidInput(
        `${where}: the network has ${expected[side]} ${side} tokens, but the vocabulary of its folder ${vocabularySize[side]}`,
      );
}

/** The path of a file in the folder. @throws InvalidInput when there is none */
async function existing(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  if (!(await isThere(path))) throw new InvalidInput(`${folder} has no ${name}`);
  return path;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`${path} is not JSON`, { cause });
  }
}

async function measured(path: string): Promise<StartFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}
