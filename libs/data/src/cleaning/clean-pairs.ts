/** Cleaning: which pairs of a corpus are left out, counted by reason, with examples. */
import {
  type CleaningFinding,
  type CleaningReason,
  type CleaningReport,
  type CleaningSettings,
} from '@honyaku/contracts';
import { type SentencePair } from '../corpus/sentence-pairs.ts';
import { withoutControlCharacters } from './control-characters.ts';
import { NumberTable } from './number-table.ts';
import { type CorpusLanguages, type PairRules, pairRulesOf } from './pair-rules.ts';
import { textHash } from './text-hash.ts';

const examplesKept = 3;
const longestExample = 120;

/** Where a pair stands, for its example. */
export interface PairPlace {
  readonly file?: string;
  /** Counts from 1. */
  readonly line: number;
}

export interface CleanerOptions {
  /** Pairs that stay, whatever they are, unless they lack a side; none by default. */
  readonly isExempt?: (pair: SentencePair) => boolean;
  /** For which memory is taken at once; it grows beyond. */
  readonly expectedPairs?: number;
}

/** Looks at the pairs of a corpus in their order. Needs some 17 bytes a pair to know duplicates. */
export class PairCleaner {
  readonly #left = new Map<CleaningReason, CleaningFinding>();
  readonly #isExempt: (pair: SentencePair) => boolean;
  readonly #seen: NumberTable;
  #control: CleaningFinding | undefined;
  #pairs = 0;

  private constructor(
    private readonly settings: CleaningSettings,
    private readonly rules: PairRules,
    { isExempt = () => false, expectedPairs = 0 }: CleanerOptions,
  ) {
    this.#isExempt = isExempt;
    this.#seen = new NumberTable(settings.duplicate ? expectedPairs : 0);
  }

  static async open(
    settings: CleaningSettings,
    languages: CorpusLanguages,
    options: CleanerOptions = {},
  ): Promise<PairCleaner> {
    return new PairCleaner(settings, await pairRulesOf(settings, languages), options);
  }

  /** @returns why the pair is left out, or undefined */
  look(pair: SentencePair, at: PairPlace): CleaningReason | undefined {
    this.#pairs += 1;
    const text = this.settings.control ? tidied(pair) : pair;
    const reason = this.#reasonFor(text);
    if (reason) this.#left.set(reason, counted(this.#left.get(reason), pair, at));
    else if (text !== pair) this.#control = counted(this.#control, pair, at);
    return reason;
  }

  get report(): CleaningReport {
    const control = this.#control;
    return { pairs: this.#pairs, left: Object.fromEntries(this.#left), ...(control ? { control } : {}) };
  }

  #reasonFor(pair: SentencePair): CleaningReason | undefined {
    const found = this.rules.find(([, isLeftOut]) => isLeftOut(pair))?.[0];
    const reason = found ?? (this.settings.duplicate && this.#stoodBefore(pair) ? 'duplicate' : undefined);
    return reason !== undefined && reason !== 'oneSided' && this.#isExempt(pair) ? undefined : reason;
  }

  #stoodBefore({ source, target }: SentencePair): boolean {
    const before = this.#seen.size;
    this.#seen.getOrSet(textHash(`${source}\t${target}`), 0);
    return this.#seen.size === before;
  }
}

/** The pair itself where it has no control characters. */
function tidied(pair: SentencePair): SentencePair {
  const [source, target] = [withoutControlCharacters(pair.source), withoutControlCharacters(pair.target)];
  return source === pair.source && target === pair.target ? pair : { source, target };
}

function counted(
  { pairs, examples }: CleaningFinding = { pairs: 0, examples: [] },
  { source, target }: SentencePair,
  { file, line }: PairPlace,
): CleaningFinding {
  if (examples.length === examplesKept) return { pairs: pairs + 1, examples };
  const example = { ...(file === undefined ? {} : { file }), line, source: cut(source), target: cut(target) };
  return { pairs: pairs + 1, examples: [...examples, example] };
}

function cut(text: string): string {
  return text.length > longestExample ? `${text.slice(0, longestExample - 1)}…`.toWellFormed() : text;
}
