/** Requests to the object store disturbed at random: held up, refused or cut, before or after the store has done them. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Trouble } from '@honyaku/embedded/unreliable-proxy';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

/** Probabilities for each request. */
export interface Probabilities {
  readonly refuse: number;
  readonly cut: number;
  readonly hold: number;
}

const longestHoldMilliseconds = 400;

export class RandomTroubles {
  /** Requests that were disturbed. */
  disturbed = 0;
  private under: { readonly probabilities: Probabilities; readonly random: RandomGenerator } | undefined;

  /** @param random decides which requests are disturbed, and how */
  begin(probabilities: Probabilities, random: RandomGenerator): void {
    this.under = { probabilities, random };
  }

  end(): void {
    this.under = undefined;
  }

  /** What happens to the next request; returns when it has been held up. */
  async next(): Promise<Trouble | undefined> {
    if (!this.under) return undefined;
    const { probabilities, random } = this.under;
    const { refuse, cut, hold } = probabilities;
    const share = () => uniformFloat64(random);
    const happens = (probability: number) => {
      const does = share() < probability;
      if (does) this.disturbed += 1;
      return does;
    };
    if (happens(hold)) await delay(share() * longestHoldMilliseconds);
    const instead = share() < 0.5 ? 500 : 503;
    if (happens(refuse / 2)) return { instead, done: false };
    if (happens(cut / 2)) return { instead: 'cut', done: false };
    if (happens(refuse / 2)) return { instead, done: true };
    return happens(cut / 2) ? 'halve' : undefined;
  }
}
