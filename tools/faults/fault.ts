/** A kind of fault: how often it is done, and how. */
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { type Cluster } from './cluster.ts';
import { type Seen } from './work-watch.ts';

export interface Moment {
  readonly sweepId: string;
  readonly generator: RandomGenerator;
  /** Resolves at a random moment of the sweep. */
  readonly random: () => Promise<void>;
  /** 0 or 1. */
  readonly coin: () => number;
}

export interface Fault {
  readonly name: string;
  /** In the long form; in the short form once. */
  readonly times: number;
  /** Settings of the sweep that is disturbed, beside the usual ones. */
  readonly sweep?: object;
  /**
   * Does it, once the sweep is submitted, and repairs what a cluster would repair.
   * @returns when the work went on again after it, in milliseconds of `performance.now()`; undefined where nobody waited for it
   * @throws Skipped where this machine cannot do it
   */
  readonly inject: (cluster: Cluster, moment: Moment) => Promise<Recovery>;
}

export interface Recovery {
  /** From the fault to the work going on again; none where nothing was under way. */
  readonly seconds?: number;
  /** An addition to the printed line. */
  readonly note?: string;
}

/** This machine cannot do it. */
export class Skipped extends Error {}

const recoverySeconds = 240;

/** Runs the disturbance and measures how long it takes until `goesOn` resolves. */
export async function recovery(
  disturb: () => Promise<void>,
  goesOn: () => Promise<unknown>,
): Promise<Recovery> {
  const started = performance.now();
  const next = goesOn();
  await disturb();
  const seen = await next;
  return seen === undefined ? {} : { seconds: (performance.now() - started) / 1000 };
}

/** The next sign of a job that was trained when its worker was disturbed; at once where there was none. */
export function signOf(cluster: Cluster, jobId: string | undefined): Promise<unknown> {
  if (jobId === undefined) return Promise.resolve(undefined);
  return cluster.work.next((seen) => seen.jobId === jobId && seen.what !== 'active', recoverySeconds);
}

/** The next step of any training; none when the sweep ends before. */
export function anyStep(cluster: Cluster, sweepId: string): Promise<unknown> {
  return signBeforeEnd(cluster, sweepId, ({ what, queue }) => queue === 'trials' && what !== 'active');
}

/** The next such event; none when the sweep ends before, as one does that a fault hits at its end. */
export function signBeforeEnd(
  cluster: Cluster,
  sweepId: string,
  which: (seen: Seen) => boolean,
): Promise<unknown> {
  const ended = cluster.ended(sweepId).then(
    () => undefined,
    () => undefined,
  );
  return Promise.race([cluster.work.next(which, recoverySeconds), ended]);
}
