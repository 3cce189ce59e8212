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
}

export interface BeamTranslation {
  /** Target ids without bos and eos. */
  readonly ids: number[];
  /** Sum over the tokens, in nats; the eos is one where it was reached. */
  readonly logProbability: number;
  /** The log probability with the length penalty: what translations are ranked by. */
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

/**
 * At each step the `beamSize` likeliest continuations of all open hypotheses are kept, and those of them that
 * end in eos leave (so that a beam of one is greedy decoding). A hypothesis that can no longer come among the
 * `nBest` is dropped: its log probability only falls and the penalty divides by most at `maxTokens`, so that no
 * translation out of it scores above its log probability at that length (the bound of Huang et al. 2017). What
 * is dropped so would change no result, and a sentence without open hypotheses is done.
 */
export class Beam {
  open: readonly Hypothesis[] = [{ ids: [], logProbability: 0 }];
  private readonly ended: BeamTranslation[] = [];

  constructor(private readonly settings: BeamSettings) {}

  /**
   * @param continuations of the open hypotheses; of each at least its `beamSize` likeliest
   * @returns those that are open now
   */
  advance(continuations: readonly Continuation[]): Continued[] {
    const { beamSize, lengthPenalty, maxTokens, nBest } = this.settings;
    const extended = continuations.map(({ parent, token, logProbability }) => {
      const before = this.open[parent];
      if (!before) throw new RangeError(`no hypothesis ${parent} of ${this.open.length}`);
      return { parent, token, before, logProbability: before.logProbability + logProbability };
    });
    const best = extended.sort((a, b) => b.logProbability - a.logProbability).slice(0, beamSize);
    const continued: Continued[] = [];
    for (const { parent, token, before, logProbability } of best) {
      if (token === specialTokens.eos) this.end(before.ids, logProbability);
      else continued.push({ parent, hypothesis: { ids: [...before.ids, token], logProbability } });
    }
    const toBeat = this.ended[nBest - 1]?.score ?? -Infinity;
    const kept = continued.filter(
      ({ hypothesis }) => !(penalised(hypothesis.logProbability, maxTokens, lengthPenalty) <= toBeat),
    );
    this.open = kept.map(({ hypothesis }) => hypothesis);
    return kept;
  }

  /** The `nBest` translations, best first; where fewer have ended, open ones after them. */
  translations(): BeamTranslation[] {
    const { nBest, lengthPenalty } = this.settings;
    const open = this.open.map(({ ids, logProbability }) => ({
      ids: [...ids],
      logProbability,
      score: penalised(logProbability, ids.length, lengthPenalty),
      ended: false,
    }));
    return [...this.ended, ...open].slice(0, nBest);
  }

  private end(ids: readonly number[], logProbability: number): void {
    const score = penalised(logProbability, ids.length + 1, this.settings.lengthPenalty);
    this.ended.push({ ids: [...ids], logProbability, score, ended: true });
    this.ended.sort((a, b) => b.score - a.score);
  }
}
