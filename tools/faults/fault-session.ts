/** A cluster, what an undisturbed sweep comes to on it, and one fault after the other. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import Table from 'cli-table3';
import { type Weights, violations, weightsOf } from './checks.ts';
import { Cluster } from './cluster.ts';
import { type Fault, type Recovery, Skipped } from './fault.ts';

export class FaultSession {
  private constructor(
    private readonly seed: number,
    private readonly cluster: Cluster,
    private readonly expected: Weights,
    /** How long an undisturbed sweep takes. */
    readonly sweepSeconds: number,
  ) {}

  /** @param seed of the random moments @throws Error when undisturbed sweeps do not come to the same */
  static async start(seed: number): Promise<FaultSession> {
    const cluster = await Cluster.start();
    try {
      // The dataset is made by the first sweep; the second is what a sweep takes.
      const first = await cluster.ended((await cluster.submit()).id);
      const expected = await weightsOf(cluster, first);
      const started = performance.now();
      const again = await cluster.ended((await cluster.submit()).id);
      const sweepSeconds = (performance.now() - started) / 1000;
      for (const sweep of [first, again]) {
        const strange = await violations(cluster, sweep, expected);
        if (strange.length > 0) throw new Error(`undisturbed: ${strange.join('; ')}`);
      }
      return new FaultSession(seed, cluster, expected, sweepSeconds);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /**
   * Disturbs a sweep and checks what is left of it.
   * @param time how often this fault was done, this time included: each time has random moments of its own
   */
  async inject(fault: Fault, time = 1): Promise<Result> {
    try {
      return { fault: fault.name, outcome: 'survived', ...(await this.survived(fault, time)) };
    } catch (error) {
      if (error instanceof Skipped) return { fault: fault.name, outcome: 'skipped', note: messageOf(error) };
      const logs = await this.cluster.saveLogs(fault.name);
      // The next fault finds everything at work.
      await Promise.all(this.cluster.fallen.map((program) => program.start()));
      return { fault: fault.name, outcome: 'lost', note: `${messageOf(error)}; logs: ${logs}` };
    }
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  private async survived(fault: Fault, time: number): Promise<Recovery> {
    const purpose = createHash('sha256').update(`${this.seed}/${fault.name}/${time}`).digest();
    const generator = xoroshiro128plus(purpose.readInt32LE());
    const { id: sweepId } = await this.cluster.submit(fault.sweep);
    const recovered = await fault.inject(this.cluster, {
      sweepId,
      generator,
      random: () => delay(uniformFloat64(generator) * this.sweepSeconds * 1000),
      coin: () => uniformInt(generator, 0, 1),
    });
    const broken = await violations(this.cluster, await this.cluster.ended(sweepId), this.expected);
    for (const { name } of this.cluster.fallen) broken.push(`${name} ended by itself`);
    if (broken.length > 0) throw new Error(broken.join('; '));
    return recovered;
  }
}

export interface Result {
  readonly fault: string;
  readonly outcome: 'survived' | 'lost' | 'skipped';
  /** From the fault to the work going on again. */
  readonly seconds?: number;
  readonly note?: string;
}

/** One fault in one line. */
export function resultLine({ fault, outcome, seconds, note }: Result): string {
  const wentOn = seconds === undefined ? '' : `, work went on after ${seconds.toFixed(1)} s`;
  return `${fault}: ${outcome}${wentOn}${note === undefined ? '' : ` (${note})`}`;
}

/** A row for each kind, and as the last line how many faults there were. */
export function summary(results: readonly Result[], seconds: number): string {
  const table = new Table({
    head: ['fault', 'survived', 'went on after, median', 'longest'],
    style: { head: [], border: [], compact: true },
  });
  for (const fault of new Set(results.map((result) => result.fault))) {
    const own = results.filter((result) => result.fault === fault);
    const times = own.flatMap((result) => result.seconds ?? []).sort((a, b) => a - b);
    const survived = own.filter(({ outcome }) => outcome === 'survived').length;
    const shown = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(1)} s`);
    const skipped = own.every(({ outcome }) => outcome === 'skipped');
    table.push([
      fault,
      skipped ? `skipped: ${own[0]?.note}` : `${survived} of ${own.length}`,
      shown(times[times.length >> 1]),
      shown(times.at(-1)),
    ]);
  }
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  return `${table.toString()}\n${results.length} faults in ${Math.round(seconds)} s: ${count('survived')} survived, ${count('lost')} lost${skipped}`;
}
