/** Published test sets whose pairs also stand in corpora that people train on, known by hashes of their sentences. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type SentencePair } from '../corpus/sentence-pairs.ts';

/** A set of a published pair of sets. */
export type PublishedSet = 'dev' | 'test';

const hashDigits = 16;

/** neubig/nmt-tips: 485 dev and 491 test pairs of Tatoeba, with published scores of several systems. */
const nmtTips: Readonly<Record<PublishedSet, () => ReadonlySet<string>>> = {
  dev: lazily('nmt-tips-dev.sha256'),
  test: lazily('nmt-tips-test.sha256'),
};

/** The set of nmt-tips that a sentence of the pair stands in, by its letters and digits; undefined for all other pairs. */
export function publishedSetOf({ source, target }: SentencePair): PublishedSet | undefined {
  const hashes = [hashOf(source), hashOf(target)];
  for (const set of ['test', 'dev'] as const) if (hashes.some((each) => nmtTips[set]().has(each))) return set;
  return undefined;
}

function hashOf(sentence: string): string {
  const letters = sentence
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
  return hash('sha256', letters).slice(0, hashDigits);
}

/** A list of hashes, read when it is asked for first; lines that begin with # describe it. */
function lazily(name: string): () => ReadonlySet<string> {
  let hashes: ReadonlySet<string> | undefined;
  return () => {
    hashes ??= new Set(
      readFileSync(new URL(`./published-sets/${name}`, import.meta.url), 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    );
    return hashes;
  };
}
