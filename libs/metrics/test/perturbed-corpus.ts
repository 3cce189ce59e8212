/**
 * Hypotheses to score: real sentences changed by arithmetic on their place alone. The script that asked
 * sacreBLEU for the golden numbers (fixtures-script/golden.py) makes the very same ones; change both together.
 */
import { readFileSync } from 'node:fs';
import { installedPaths } from '@honyaku/contracts';

export const corpusSize = 600;

export interface Corpus {
  readonly references: string[];
  /** Few changes. */
  readonly mild: string[];
  /** Many changes. */
  readonly harsh: string[];
  /** Nearly as few as `mild`, at other places. */
  readonly other: string[];
}

export function perturbedCorpus(): { english: Corpus; japanese: Corpus } {
  const lines = readFileSync(installedPaths().tatoebaPairs, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const pairs = Array.from({ length: corpusSize }, (_, index) =>
    (lines[(index * 337) % lines.length] ?? '').split('\t'),
  );
  return {
    english: corpusOf(
      pairs.map(([, english = '']) => english),
      (text) => text.split(' '),
      ' ',
    ),
    japanese: corpusOf(
      pairs.map(([japanese = '']) => japanese),
      (text) => Array.from(text),
      '',
    ),
  };
}

function corpusOf(references: string[], split: (text: string) => string[], joint: string): Corpus {
  const changed = (dropEvery: number, swapEvery: number, shift: number) =>
    references.map((text, index) => perturb(split(text), index + shift, dropEvery, swapEvery).join(joint));
  return { references, mild: changed(11, 13, 0), harsh: changed(5, 3, 0), other: changed(11, 12, 4) };
}

/** Drops a unit here and there, then swaps neighbours here and there. */
function perturb(units: string[], index: number, dropEvery: number, swapEvery: number): string[] {
  const kept = units.filter((_, place) => (index * 7 + place * 3) % dropEvery !== 0);
  for (let place = 0; place + 1 < kept.length; place += 1) {
    if ((index + place * 5) % swapEvery === 0)
      kept.splice(place, 2, kept[place + 1] ?? '', kept[place] ?? '');
  }
  return kept;
}

/** Park and Miller's generator, the same in Python: draws 0 to `sentences` - 1. */
export function parkMillerDraw(): (sentences: number) => number {
  let state = 12345;
  return (sentences) => {
    state = (state * 16807) % 2147483647;
    return state % sentences;
  };
}
