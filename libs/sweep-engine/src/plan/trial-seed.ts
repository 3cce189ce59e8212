import { digestOf } from '@honyaku/contracts';

/** 31 bits of a hash of both numbers: trials of one sweep start from unrelated seeds. */
export function trialSeed(sweepSeed: number, number: number): number {
  return Number.parseInt(digestOf({ sweepSeed, number }).slice(0, 8), 16) >>> 1;
}
