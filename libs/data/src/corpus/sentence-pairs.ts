/** Sentence pairs, the content of every corpus, and how two texts side by side become pairs. */
import { InvalidInput } from '@honyaku/contracts';
import { invalidLine } from './reading-problems.ts';
import { type TextLine } from './text-lines.ts';

export interface SentencePair {
  readonly source: string;
  readonly target: string;
}

/** Where a side of a pair stands. */
export interface Place {
  /** File, and entry of an archive. */
  readonly name: string;
  /** Counts from 1. */
  readonly line: number;
  /** What of the line, as errors call it: the line, column 0, translation.de. */
  readonly what: string;
}

/** A pair as it is read from a corpus; a side, or both, may be empty. */
export interface ReadPair extends SentencePair {
  readonly placeOf: (side: keyof SentencePair) => Place;
  /** Whether it is known of the publication that some sides are empty, so that nobody can be asked to fill them. */
  readonly mayBeLeftOut?: true;
}

/** One side of a corpus in two texts. */
export interface SideText {
  readonly name: string;
  readonly lines: AsyncIterable<TextLine>;
}

/**
 * Pairs line n of one side with line n of the other.
 * @throws InvalidInput with both counts when one side has more lines.
 */
export async function* pairLines(
  source: SideText,
  target: SideText,
): AsyncGenerator<{ source: TextLine; target: TextLine }> {
  const sources = source.lines[Symbol.asyncIterator]();
  const targets = target.lines[Symbol.asyncIterator]();
  let pairs = 0;
  try {
    for (;;) {
      const [left, right] = await Promise.all([sources.next(), targets.next()]);
      if (left.done && right.done) return;
      if (left.done || right.done) {
        const longer = left.done ? targets : sources;
        const count = pairs + 1 + (await countRest(longer));
        const [sourceCount, targetCount] = left.done ? [pairs, count] : [count, pairs];
        throw new InvalidInput(
          `${source.name} has ${sourceCount} lines but ${target.name} has ${targetCount}; ` +
            `line n of one must translate line n of the other (the first without a partner is line ${pairs + 1})`,
        );
      }
      pairs += 1;
      yield { source: left.value, target: right.value };
    }
  } finally {
    await Promise.all([sources.return?.(), targets.return?.()]);
  }
}

async function countRest(lines: AsyncIterator<TextLine>): Promise<number> {
  let count = 0;
  while (!(await lines.next()).done) count += 1;
  return count;
}

/** A sentence as it is stored: on one line, no surrounding white space, and no tab, which separates the sides. */
export function tidySentence(text: string): string {
  return text.replaceAll(/[\t\n]/g, ' ').trim();
}

/** The same for a sentence that may be spread over lines, as in JSON and XML. */
export function onOneLine(text: string): string {
  return tidySentence(text.replaceAll(/\s*[\r\n]+\s*/g, ' '));
}

/** @throws InvalidInput for a side of which nothing but white space was left */
export function requireBothSides(pair: ReadPair): SentencePair {
  for (const side of ['source', 'target'] as const) {
    if (pair[side] !== '') continue;
    const { name, line, what } = pair.placeOf(side);
    throw invalidLine(name, line, `${what} is empty; it must hold a sentence`);
  }
  return pair;
}

/**
 * Whether nothing of the text can be seen: white space, control characters, and characters such as U+200B,
 * U+00AD, U+2060 and U+3164 of which tokenizers leave nothing, or a token that stands for no word.
 */
export function isInvisible(text: string): boolean {
  return invisible.test(text);
}

/** U+2800 is the Braille pattern without dots. */
const invisible = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]*$/u;
