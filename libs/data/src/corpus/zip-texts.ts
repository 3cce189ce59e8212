/** The files in a zip, as texts. Nothing is unpacked to disk, and a name that leads out of the archive is refused. */
import { open } from 'node:fs/promises';
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { requireSaneExpansion, unpackedText } from './compressed-text.ts';
import { type TextSource } from './text-lines.ts';

export interface ZipTexts {
  /** By path in the archive, in its order. */
  readonly texts: ReadonlyMap<string, TextSource>;
  readonly close: () => void;
}

/** Archives of corpora have a few; a list of millions is made to fill memory. */
const mostEntries = 10_000;

/** The signature of a local file header, or that of the end of an archive without files. */
const zipMagic = /^504b(0304|0506)/;

/** Whether the file begins as a zip does. @throws the system's error where it cannot be read */
export async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return zipMagic.test(buffer.toString('hex', 0, bytesRead));
  } finally {
    await file.close();
  }
}

/** @throws InvalidInput for what is no zip, is cut off, or has an entry whose name leads out of the archive */
export async function openZip(path: string): Promise<ZipTexts> {
  let zip: ZipFile | undefined;
  try {
    const opened = (zip = await openPromise(path, { autoClose: false }));
    if (opened.entryCount > mostEntries) throw new Error(`it has more than ${mostEntries} files`);
    const texts = new Map<string, TextSource>();
    for await (const entry of opened.eachEntry()) {
      const { fileName } = entry;
      if (!fileName.endsWith('/')) texts.set(fileName, entryText(path, opened, entry));
    }
    return { texts, close: () => opened.close() };
  } catch (cause) {
    zip?.close();
    throw new InvalidInput(`${path}: is not a readable zip (${messageOf(cause)})`, { cause });
  }
}

function entryText(path: string, zip: ZipFile, entry: Entry): TextSource {
  const name = `${path}/${entry.fileName}`;
  return unpackedText({
    name,
    open: async () => {
      const stream: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry);
      return bounded(name, stream, entry.compressedSize);
    },
  });
}

async function* bounded(
  name: string,
  chunks: AsyncIterable<Buffer>,
  packedBytes: number,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    requireSaneExpansion(name, packedBytes, bytes);
    yield chunk;
  }
}
