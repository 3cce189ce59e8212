/** The best checkpoint in Marian's form as one tar archive, so that its files are all of one checkpoint. */
import { type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';

/** A file of the archive: a text, or an open file with its size, which is closed with the archive. */
export type ArchiveFile = { readonly name: string } & (
  { readonly text: string } | { readonly file: FileHandle; readonly bytes: number }
);

/** @param folder in which the archive has the files */
export function archiveOf(folder: string, files: readonly ArchiveFile[]): Readable {
  const archive = pack();
  const written = writeFiles(archive, folder, files).finally(() => closeAll(files));
  // A reader that is gone has destroyed the archive, and the error says nothing more.
  written.catch((error: Error) => archive.destroy(error));
  return Readable.from(archive, { objectMode: false });
}

async function writeFiles(archive: Pack, folder: string, files: readonly ArchiveFile[]): Promise<void> {
  for (const each of files) {
    const name = `${folder}/${each.name}`;
    if ('text' in each) archive.entry({ name }, each.text);
    else {
      const entry = archive.entry({ name, size: each.bytes });
      await pipeline(each.file.createReadStream({ autoClose: false }), entry);
    }
  }
  archive.finalize();
}

/** The handles are closed once, whether they were read or not. */
export async function closeAll(files: readonly ArchiveFile[]): Promise<void> {
  for (const each of files) if ('file' in each) await each.file.close();
}
