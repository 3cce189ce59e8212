/**
 * The grouped split: pairs that share a side belong to one group, and whole groups go to train, dev or test. A group
 * goes where the hash of its smallest hash says, so it goes there in any order of the corpus, and in a corpus of any
 * size as long as no other pair joins it.
 */
import { type DatasetSettings, InvalidInput } from '@honyaku/contracts';
import { isInvisible } from '../corpus/sentence-pairs.ts';
import { type Allotment, chosenLines } from './allot-pairs.ts';
import { type CorpusIndex } from './corpus-index.ts';
import { NumberTable } from '../cleaning/number-table.ts';
import { textHash, textHashes } from '../cleaning/text-hash.ts';
import { publishedSetOf } from './published-sets.ts';

type Settings = Pick<DatasetSettings, 'seed' | 'maxPairs' | 'testFraction' | 'published'>;

/** Reading holds the thread; between blocks of this many pairs other work gets its turn. */
const pairsPerTurn = 1_000;

const sets = ['train', 'dev', 'test'] as const;
type SetName = (typeof sets)[number];

/** Where a pair is: in no set, or in that of this index in `sets`, plus one. */
const inNone = 0;
const numberOf = (set: SetName) => sets.indexOf(set) + 1;

/**
 * Takes `maxPairs` of the corpus by the seed, and sets `testFraction` of their groups apart, half of these as dev set
 * and half as test set. Groups with a pair of a published set are left out, unless the settings say otherwise. Needs
 * some 45 bytes a pair while it runs.
 * @param turn called with the share that is done, 0 to 1, so that other work gets its turn; may throw to stop
 * @param kept the lines that cleaning has left, where they are not all
 * @throws InvalidInput when one of the three would be empty, or a line is no pair
 */
export async function allotGroups(
  corpus: CorpusIndex,
  settings: Settings,
  turn: (share: number) => Promise<void>,
  kept?: Uint32Array,
): Promise<Required<Allotment>> {
  const lines = chosenLines(corpus.length, settings, kept);
  const { parents, smallest, published } = await joined(corpus, lines, settings, turn);
  const groups = { train: 0, dev: 0, test: 0 };
  const pairs = { train: 0, dev: 0, test: 0 };
  const setOf = new Uint8Array(lines.length);
  let publishedPairs = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const root = rootOf(parents, index);
    const ofGroup = published.ofGroup[root] ?? inNone;
    const set = ofGroup === inNone ? setOfGroup(smallest[root] ?? 0, settings) : sets[ofGroup - 1];
    const isIn = ofGroup === inNone || (settings.published && published.ofPair[index] === ofGroup);
    if (set && root === index && (ofGroup === inNone || settings.published)) groups[set] += 1;
    if (set && isIn) {
      setOf[index] = numberOf(set);
      pairs[set] += 1;
    } else publishedPairs += 1;
    if ((index + 1) % (10 * pairsPerTurn) === 0) await turn(1);
  }
  if (sets.some((set) => pairs[set] === 0))
    throw emptySet(settings, groups, { all: lines.length, inPublished: countOf(published.ofPair) });
  const linesOf = (set: SetName) => lines.filter((_, index) => setOf[index] === numberOf(set));
  return { train: linesOf('train'), dev: linesOf('dev'), test: linesOf('test'), groups, publishedPairs };
}

/** Groups as a forest: the parent of each pair, and at each root the smallest hash of all sides of its group. */
interface Forest {
  readonly parents: Uint32Array;
  readonly smallest: Float64Array;
  /** The published set of each pair, as a number of a set, and at each root the highest of its group. */
  readonly published: { readonly ofPair: Uint8Array; readonly ofGroup: Uint8Array };
}

async function joined(
  corpus: CorpusIndex,
  lines: Uint32Array,
  settings: Settings,
  turn: (share: number) => Promise<void>,
): Promise<Forest> {
  const parents = Uint32Array.from(lines, (_, index) => index);
  const smallest = new Float64Array(lines.length);
  const targets = new Float64Array(lines.length);
  const ofPair = new Uint8Array(lines.length);
  // One side after the other, so that there is one table at a time.
  let first = new NumberTable(lines.length);
  for (const [index, line] of lines.entries()) {
    const pair = corpus.pair(line);
    const { source, target } = pair;
    const known = settings.published === 'as-others' ? undefined : publishedSetOf(pair);
    if (known) ofPair[index] = numberOf(known);
    const [sourceHash, targetHash] = [hashOfSide(source), hashOfSide(target)];
    targets[index] = targetHash;
    smallest[index] = Math.min(sourceHash, targetHash);
    if (sourceHash !== Infinity) join(parents, first.getOrSet(sourceHash, index), index);
    if ((index + 1) % pairsPerTurn === 0) await turn((0.9 * (index + 1)) / lines.length);
  }
  first = new NumberTable(lines.length);
  for (const [index, targetHash] of targets.entries()) {
    if (targetHash !== Infinity) join(parents, first.getOrSet(targetHash, index), index);
    if ((index + 1) % (10 * pairsPerTurn) === 0) await turn(0.9 + (0.1 * (index + 1)) / lines.length);
  }
  const ofGroup = ofPair.slice();
  for (const [index, own] of smallest.entries()) {
    const root = rootOf(parents, index);
    smallest[root] = Math.min(smallest[root] ?? own, own);
    ofGroup[root] = Math.max(ofGroup[root] ?? inNone, ofPair[index] ?? inNone);
  }
  return { parents, smallest, published: { ofPair, ofGroup } };
}

/** The earlier of both roots becomes that of the joined group. */
function join(parents: Uint32Array, one: number, other: number): void {
  const [left, right] = [rootOf(parents, one), rootOf(parents, other)];
  parents[Math.max(left, right)] = Math.min(left, right);
}

/** Halves the path on its way, which keeps paths short. */
function rootOf(parents: Uint32Array, index: number): number {
  let at = index;
  for (;;) {
    const parent = parents[at] ?? at;
    if (parent === at) return at;
    const next = parents[parent] ?? parent;
    parents[at] = next;
    at = next;
  }
}

/** Infinity for a side of which nothing can be seen: it is left out of every set, and joins no others. */
function hashOfSide(text: string): number {
  return isInvisible(text) ? Infinity : textHash(comparable(text));
}

/** What is the same in two spellings of a sentence: its letters, marks and digits, whatever their case and width. */
function comparable(text: string): string {
  const same = text.normalize('NFKC').toLowerCase();
  const letters = same.replace(/[^\p{L}\p{M}\p{N}]+/gu, '');
  return letters === '' ? same.replace(/\s+/gu, '') : letters;
}

/**
 * A group goes by a second hash of its smallest one: of many pairs one is likely to have a small hash, so by that
 * itself, large groups would be likelier held out.
 */
function setOfGroup(smallest: number, { testFraction, published }: Settings): SetName {
  if (published === 'held-out') return 'train';
  const isHeldOut = textHash(`held out: ${smallest}`) / textHashes < testFraction;
  if (!isHeldOut) return 'train';
  return textHash(`dev or test: ${smallest}`) % 2 === 0 ? 'dev' : 'test';
}

function countOf(ofPair: Uint8Array): number {
  return ofPair.reduce((count, set) => (set === inNone ? count : count + 1), 0);
}

function emptySet(
  { testFraction, published }: Settings,
  groups: Record<SetName, number>,
  pairs: { readonly all: number; readonly inPublished: number },
): InvalidInput {
  const left = `${groups.train} groups to train, ${groups.dev} as dev set and ${groups.test} as test set; each needs at least 1`;
  if (published === 'held-out')
    return new InvalidInput(
      `dataset.published: held-out takes dev and test set from the pairs of published sets, of which the corpus has ` +
        `${pairs.inPublished} of its ${pairs.all}, and leaves ${left}: leave the setting out, or use a corpus that has them`,
    );
  const all = groups.train + groups.dev + groups.test;
  const without =
    pairs.inPublished === 0
      ? ''
      : ` without the groups of the ${pairs.inPublished} pairs of published sets (dataset.published: as-others keeps them)`;
  return new InvalidInput(
    `dataset.testFraction: ${testFraction} of ${all} groups of pairs that share a side (${pairs.all} pairs)${without} leaves ` +
      `${left}: choose another fraction, give more pairs, or set dataset.split to random`,
  );
}
