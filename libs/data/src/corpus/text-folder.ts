/** The texts of a folder or a zip, found by file name wherever they stand in it. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInput, messageOf, unreadable } from '@honyaku/contracts';
import { openPromise, type ZipFile } from 'yauzl';
import { fileText, type TextSource } from './text-lines.ts';

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
  return found.isDirectory() ? openFolder(path, wanted) : openZip(path, wanted);
}

async function openFolder(path: string, wanted: (name: string) => boolean): Promise<TextFolder> {
  const texts = new Map<string, TextSource>();
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadable(folder, cause);
    });
    for (const entry of entries) {
      const inside = join(folder, entry.name);
      if (wanted(entry.name)) texts.set(entry.name, fileText(inside));
      else if (entry.isDirectory() && depth < deepestFolder) await visit(inside, depth + 1);
    }
  };
  await visit(path, 0);
  return { texts, close: () => undefined };
}

async function openZip(path: string, wanted: (name: string) => boolean): Promise<TextFolder> {
  let zip: ZipFile | undefined;
  try {
    const opened = await openPromise(path, { autoClose: false });
    zip = opened;
    const texts = new Map<string, TextSource>();
    for await (const entry of opened.eachEntry()) {
      const name = basename(entry.fileName);
      if (wanted(name))
        texts.set(name, {
          name: `${path}/${entry.fileName}`,
          open: () => opened.openReadStreamPromise(entry),
        });
    }
    return { texts, close: () => opened.close() };
  } catch (cause) {
    zip?.close();
    throw new InvalidInput(`${path}: is neither a folder nor a readable zip (${messageOf(cause)})`, {
      cause,
    });
  }
}
