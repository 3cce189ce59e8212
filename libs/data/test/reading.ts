/** Corpora of a running test, as they are read. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CorpusFiles } from '../src/corpus/corpus-format.ts';
import { openCorpus } from '../src/corpus/open-corpus.ts';
import { type OnProblem } from '../src/corpus/reading-problems.ts';
import { temporaryFolder } from './temporary-files.ts';

/** Source and target of a pair. */
type Sides = [string, string];

/** Writes the files into a folder, of which corpora can then be read. */
export async function readingOf(files: Readonly<Record<string, string | Buffer>>, ownFolder?: string) {
  const folder = ownFolder ?? (await temporaryFolder());
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const read = async (source: CorpusFiles, onProblem?: OnProblem): Promise<Sides[]> => {
    const places = { baseFolder: folder, tatoebaPairs: 'absent', ...(onProblem ? { onProblem } : {}) };
    const pairs: Sides[] = [];
    for await (const { source: from, target } of openCorpus(source, places).pairs) pairs.push([from, target]);
    return pairs;
  };
  return { folder, read };
}
