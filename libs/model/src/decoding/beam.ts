/** The hypotheses of one sentence in beam search, without any tensor: which go on, which have ended, when to stop. */
import { specialTokens } from '@honyaku/contracts';

export interface BeamSettings {
  /** Hypotheses that are kept at each step. */
  readonly beamSize: number;
  /** Translations that are wanted, up to `beamSize`. */
  readonly nBest: number;
  readonly maxTokens: number;
  /** The exponent of the length penalty, 0 or more. */
  readonly lengthPenalty: number;
  /** In place of the length penalty: the exponent of the length that divides the log probability, 0 or more. */
  readonly normalize?: number | undefined;
  /** Ends the search once so many times `beamSize` translations have ended (Kasai et al. 2022); above 0. */
  readonly patience?: number | undefined;
}

export interface BeamTranslation {
  /** Target ids without bos and eos. */
  readonly ids: number[];
  /** Sum over the tokens, in nats; the eos is one where it was reached. */
  readonly logProbability: number;
  /** The log probability by length, as the settings say: what translations are ranked by. */
  readonly score: number;
  /** Whether it reached its eos; else it stopped at `maxTokens`. */
  readonly ended: boolean;
}

/** A translation that has not ended. */
export interface Hypothesis {
  readonly ids: readonly number[];
  readonly logProbability: number;
}

/** A token that may come next, with its log probability after the hypothesis at `parent`. */
export interface Continuation {
  readonly parent: number;
  readonly token: number;
  readonly logProbability: number;
}

/** A hypothesis that goes on, and the place of the one that it continues. */
export interface Continued {
  readonly parent: number;
  readonly hypothesis: Hypothesis;
}

/**
 * Log probability divided by ((5 + length) / 6) ^ penalty (Wu et al. 2016, equation 14).
 * @param length tokens, with the eos
 */
export function penalised(logProbability: number, length: number, penalty: number): number {
  return logProbability / ((5 + length) / 6) ** penalty;
}

/** What translations are ranked by. @param length tokens, with the eos */
export function scoreOf(
  logProbability: number,
  length: number,
  { lengthPenalty, normalize }: Pick<BeamSettings, 'lengthPenalty' | 'normalize'>,
): number {
  if (normalize === undefined) return penalised(logProbability, length, lengthPenalty);
  return logProbability / length ** normalize;
}

/** How many translations have to end, with `patience`, before the search does. */
export function enoughEnded(beamSize: number, patience: number): number {
  return Math.max(1, Math.round(beamSize * patience));
}

/**
 * At each step the `beamSize` likeliest continuations of all open hypotheses are kept, and those of them that
 * end in eos leave (so that a beam of one is greedy decoding). A hypothesis that can no longer come among the
 * `nBest` is dropped: its log probability only falls and the penalty divides by most at `maxTokens`, so that no
 * translation out of it scores above its log probability at that length (the bound of Huang et al. 2017). What
 * is dropped so would change no result, and a sentence without open hypotheses is done.
 *
 * With `patience` it is the search that CTranslate2 and Hugging Face's transformers have: hypotheses that end among the
 * `beamSize` likeliest leave their places to the next ones that do not, so that as many stay open, and the search is done
 * once enough have ended, whatever the open ones may come to. What stops at `maxTokens` ranks with what has ended.
 */
export class Beam {
  open: readonly Hypothesis[] = [{ ids: [], logProbability: 0 }];
  /** Tokens of the open hypotheses. */
  private length = 0;
  private readonly ended: BeamTranslation[] = [];

  constructor(private readonly settings: BeamSettings) {}

  /**
   * @param continuations of the open hypotheses; of each at least its `beamSize` likeliest, with `patience` one more
   * @returns those that are open now
   */
  advance(continuations: readonly Continuation[]): Continued[] {
    const { beamSize, patience } = this.settings;
    const extended = continuations.map(({ parent, token, logProbability }): Extended => {
      const before = this.open[parent];
      if (!before) throw new RangeError(`no hypothesis ${parent} of ${this.open.length}`);
      return { parent, token, before, logProbability: before.logProbability + logProbability };
    });
    extended.sort((a, b) => b.logProbability - a.logProbability);
    const best = extended.slice(0, beamSize);
    for (const { token, before, logProbability } of best)
      if (token === specialTokens.eos) this.end(before.ids, logProbability);
    const kept =
      patience === undefined
        ? continuedOf(best).filter(({ hypothesis }) => this.canWin(hypothesis))
        : this.untilEnough(continuedOf(extended).slice(0, beamSize), patience);
    this.open = kept.map(({ hypothesis }) => hypothesis);
    this.length += 1;
    return kept;
  }

  /** Whether nothing goes on: no hypothesis is open, or they are as long as they may become. */
  get isDone(): boolean {
    return this.open.length === 0 || this.length >= this.settings.maxTokens;
  }

  /** The `nBest` translations, best first; where fewer have ended, open ones after them, with `patience` among them. */
  translations(): BeamTranslation[] {
    const { nBest, patience } = this.settings;
    const open = this.open.map(({ ids, logProbability }) => ({
      ids: [...ids],
      logProbability,
      score: scoreOf(logProbability, ids.length, this.settings),
      ended: false,
    }));
    const all = [...this.ended, ...open];
    if (patience !== undefined) all.sort(byScore);
    return all.slice(0, nBest);
  }

  private canWin({ logProbability }: Hypothesis): boolean {
    const toBeat = this.ended[this.settings.nBest - 1]?.score ?? -Infinity;
    return !(scoreOf(logProbability, this.settings.maxTokens, this.settings) <= toBeat);
  }

  /** None once enough have ended, but where all stop anyway. */
  private untilEnough(continued: Continued[], patience: number): Continued[] {
    const { beamSize, maxTokens } = this.settings;
    const isLast = continued[0]?.hypothesis.ids.length === maxTokens;
    return isLast || this.ended.length < enoughEnded(beamSize, patience) ? continued : [];
  }

  private end(ids: readonly number[], logProbability: number): void {
    const score = scoreOf(logProbability, ids.length + 1, this.settings);
    this.ended.push({ ids: [...ids], logProbability, score, ended: true });
    this.ended.sort(byScore);
  }
}

interface Extended extends Continuation {
  readonly before: Hypothesis;
}

/** Those that do not end. */
function continuedOf(extended: readonly Extended[]): Continued[] {
  return extended
    .filter(({ token }) => token !== specialTokens.eos)
    .map(({ parent, token, before, logProbability }) => ({
      parent,
      hypothesis: { ids: [...before.ids, token], logProbability },
    }));
}

function byScore(a: BeamTranslation, b: BeamTranslation): number {
  return b.score - a.score;
}
