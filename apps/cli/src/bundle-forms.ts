/** The forms in which a folder can hold a best checkpoint, and which files each consists of. */
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  BundleConfig,
  BundleFile,
  InvalidInput,
  marianFileNames,
  marianTexts,
  requireMarianForm,
  type StoredFile,
  toJson,
} from '@honyaku/contracts';
import { ctranslate2Model } from './ctranslate2.ts';

export const bundleForms = ['bundle', 'marian', 'ctranslate2'] as const;
/**
 * Our own, which PyTorch loads; Marian's, which Hugging Face's `MarianMTModel` and `MarianTokenizer` load; or CTranslate2's,
 * which is made of Marian's.
 */
export type BundleForm = (typeof bundleForms)[number];

export interface FolderFiles {
  /** Those of the bundle, by their names in the folder. */
  readonly stored: readonly {
    readonly file: BundleFile;
    readonly stored: StoredFile;
    readonly name: string;
  }[];
  /** Those written here. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The file without which a folder is no model; all forms have one of this name. */
export const configName = 'config.json';

/** Each tells its form from the others. */
const marks: Readonly<Record<BundleForm, string>> = {
  bundle: 'source.model',
  marian: 'tokenizer_config.json',
  ctranslate2: ctranslate2Model,
};

/**
 * What is downloaded; of the form ctranslate2 what it is made of.
 * @param maxTokens finds `dataset.maxTokens` of the sweep, which the bundle does not have
 * @throws InvalidInput when the form cannot hold the bundle
 */
export async function filesOfForm(
  form: BundleForm,
  config: BundleConfig,
  maxTokens: () => Promise<number>,
): Promise<FolderFiles> {
  const stored = BundleFile.options.flatMap((file) => {
    const found = config.files[file];
    if (!found) return [];
    return [{ file, stored: found, name: form === 'bundle' ? basename(found.key) : marianFileNames[file] }];
  });
  if (form !== 'bundle') {
    requireMarianForm(config, form);
    return { stored, texts: marianTexts(config, await maxTokens()) };
  }
  return {
    stored,
    texts: new Map([[configName, toJson(BundleConfig, config)]]),
  };
}

/** @throws InvalidInput when the folder has a checkpoint in another form, whose files would stay beside these */
export async function refuseOtherForm(form: BundleForm, folder: string): Promise<void> {
  for (const other of bundleForms) {
    if (other === form) continue;
    if (await isThere(join(folder, marks[other])))
      throw new InvalidInput(
        `the folder ${folder} cannot be used: it holds a checkpoint in the form ${other} (${marks[other]}); name another folder for the form ${form}`,
      );
  }
}

export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
