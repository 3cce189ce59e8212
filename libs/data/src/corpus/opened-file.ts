/** A file as a text, whatever it is packed in: gzip, xz, zstd, or a zip of one text. */
import { createReadStream } from 'node:fs';
import { InvalidInput } from '@honyaku/contracts';
import { unpackedText } from './compressed-text.ts';
import { type TextSource } from './text-lines.ts';
import { isZip, openZip } from './zip-texts.ts';

/** How many names an error lists. */
const namesListed = 5;

/**
 * Nothing is read before it is opened.
 * @throws InvalidInput, once opened, for a zip of several files
 */
export function openedFile(path: string): TextSource {
  const plain = unpackedText({ name: path, open: () => Promise.resolve(createReadStream(path)) });
  return {
    name: path,
    open: async () => ((await isZip(path)) ? onlyText(path) : plain.open()),
  };
}

async function* onlyText(path: string): AsyncGenerator<Buffer> {
  const { texts, close } = await openZip(path);
  try {
    const [only, another] = texts.values();
    if (!only || another) {
      const names = [...texts.keys()].slice(0, namesListed).join(', ');
      const more = texts.size > namesListed ? ', …' : '';
      throw new InvalidInput(
        `${path}: is a zip of ${texts.size} files${only ? ` (${names}${more})` : ''}, and one text is wanted; ` +
          'unpack it, or name it as a corpus of kind moses, which takes two by their endings',
      );
    }
    yield* await only.open();
  } finally {
    close();
  }
}
