/**
 * Pairs of text files that differ in their endings, as Moses reads them, in a folder or a zip: `Books.de-en.de` and
 * `Books.de-en.en`, beside other files, as OPUS publishes them.
 */
import { basename, resolve } from 'node:path';
import { InvalidInput } from '@honyaku/contracts';
import { isLanguage, type OpenCorpus } from './corpus-format.ts';
import { readParallel } from './parallel.ts';
import { type OnProblem } from './reading-problems.ts';
import { type ReadPair } from './sentence-pairs.ts';
import { openTextFolder } from './text-folder.ts';

export const openMoses: OpenCorpus<'moses'> = (files, { baseFolder, onProblem }) => {
  const path = resolve(baseFolder, files.path);
  const { sourceLanguage, targetLanguage } = files;
  return {
    name: basename(path),
    licence: files.licence ?? 'not stated',
    sourceLanguage,
    targetLanguage,
    where: path,
    pairs: readMoses(path, { source: sourceLanguage, target: targetLanguage }, onProblem),
  };
};

interface Languages {
  readonly source: string;
  readonly target: string;
}

async function* readMoses(
  path: string,
  languages: Languages,
  onProblem?: OnProblem,
): AsyncGenerator<ReadPair> {
  const folder = await openTextFolder(path, (name) => stemOf(name) !== undefined);
  try {
    const names = [...folder.texts.keys()].sort();
    const stems = new Map<string, { source?: string; target?: string }>();
    for (const name of names) {
      const stem = stemOf(name) ?? '';
      const sides = stems.get(stem) ?? {};
      for (const side of ['source', 'target'] as const)
        if (isLanguage(endingOf(name), languages[side])) stems.set(stem, { ...sides, [side]: name });
    }
    let pairs = 0;
    for (const [stem, { source = '', target = '' }] of stems) {
      const [sources, targets] = [folder.texts.get(source), folder.texts.get(target)];
      if (!sources || !targets) {
        const [has, lacks] = sources ? [source, languages.target] : [target, languages.source];
        throw new InvalidInput(`${path}: has ${has}, but no ${stem}.${lacks} beside it`);
      }
      pairs += 1;
      yield* readParallel(sources, targets, onProblem);
    }
    if (pairs === 0)
      throw new InvalidInput(
        `${path}: has no two files that end in .${languages.source} and .${languages.target}` +
          (names.length > 0 ? `; it has ${names.slice(0, namesListed).join(', ')}` : ''),
      );
  } finally {
    folder.close();
  }
}

/** How many names an error lists. */
const namesListed = 8;

/** Such as `de`, `pt_BR` or `zh-Hans`, and nothing longer. */
const ending = /^(.+)\.([a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)$/;

function stemOf(name: string): string | undefined {
  return ending.exec(name)?.[1];
}

function endingOf(name: string): string {
  return ending.exec(name)?.[2] ?? '';
}
