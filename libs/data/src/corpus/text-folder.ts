/** The texts of a folder or a zip, found by file name wherever they stand in it. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInput, unreadable } from '@honyaku/contracts';
import { openedFile } from './opened-file.ts';
import { type TextSource } from './text-lines.ts';
import { isZip, openZip } from './zip-texts.ts';

export interface TextFolder {
  readonly texts: ReadonlyMap<string, TextSource>;
  readonly close: () => void;
}

/** Published corpora nest a few folders; this keeps a mistaken path such as / from being searched whole. */
const deepestFolder = 4;

/**
 * Texts by base name, of which only those that `wanted` accepts are kept.
 * @throws InvalidInput when the path is neither a folder nor a zip.
 */
export async function openTextFolder(path: string, wanted: (name: string) => boolean): Promise<TextFolder> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (found.isDirectory()) return openFolder(path, wanted);
  const zipped = await isZip(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!zipped) throw new InvalidInput(`${path}: is neither a folder nor a readable zip`);
  const { texts, close } = await openZip(path);
  const kept = [...texts].map(([name, text]) => [basename(name), text] as const);
  return { texts: new Map(kept.filter(([name]) => wanted(name))), close };
}

async function openFolder(path: string, wanted: (name: string) => boolean): Promise<TextFolder> {
  const texts = new Map<string, TextSource>();
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadable(folder, cause);
    });
    for (const entry of entries) {
      const inside = join(folder, entry.name);
      if (wanted(entry.name)) texts.set(entry.name, openedFile(inside));
      else if (entry.isDirectory() && depth < deepestFolder) await visit(inside, depth + 1);
    }
  };
  await visit(path, 0);
  return { texts, close: () => undefined };
}
