/** What lies in a sweep's folder that no record names: told without the code that collects garbage. */
import { BundleConfig, EpochRecord, EvaluationRecord, type StoredFile, fromJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';

const bundle = ['README.md', 'config.json', 'model.safetensors', 'source.model', 'target.model'];

export interface FolderContents {
  readonly orphans: readonly string[];
  /** Files that records name, by key. */
  readonly named: ReadonlyMap<string, StoredFile>;
  readonly keys: ReadonlySet<string>;
}

export async function contentsOf(objects: ObjectStore, sweepId: string): Promise<FolderContents> {
  const folder = keys.sweepFolder(sweepId);
  const listed = new Set<string>();
  for await (const { key } of objects.list(`${folder}/`)) listed.add(key);
  const fixed = new RegExp(`^${folder}/(sweep\\.(yaml|json)|log/\\d{8}\\.json|trials/[^/]+/trial\\.json)$`);
  const isFixed = (key: string) =>
    fixed.test(key) ||
    bundle.some((name) => key === `${keys.bestFolder(sweepId)}/${name}`) ||
    /\/epochs\/\d{4,}\/(record|evaluation)\.json$/.test(key);
  const named = new Map<string, StoredFile>();
  for (const key of listed) {
    const ownFolder = key.slice(0, key.lastIndexOf('/'));
    for (const file of await filesNamedBy(objects, key)) named.set(`${ownFolder}/${file.key}`, file);
  }
  return { keys: listed, named, orphans: [...listed].filter((key) => !isFixed(key) && !named.has(key)) };
}

async function filesNamedBy(objects: ObjectStore, key: string): Promise<StoredFile[]> {
  const text = async () => (await objects.getText(key)) ?? '';
  if (key.endsWith('/record.json')) {
    const { files } = fromJson(EpochRecord, await text(), key);
    return [files.model, files.optimizer];
  }
  if (key.endsWith('/best/config.json'))
    return Object.values(fromJson(BundleConfig, await text(), key).files);
  if (!key.endsWith('/evaluation.json')) return [];
  const { translations, average } = fromJson(EvaluationRecord, await text(), key);
  return average ? [translations, average.model] : [translations];
}
