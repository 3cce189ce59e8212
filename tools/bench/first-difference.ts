import { Bug } from '@honyaku/contracts';

/** Token ids of each sentence. */
export type Ids = readonly (readonly number[])[];

/** Index of the first sentence whose ids differ, or that only one of them has. */
export function firstDifference(ours: Ids, reference: Ids): number | undefined {
  const length = Math.max(ours.length, reference.length);
  const index = Array.from({ length }, (_, at) => ours[at]?.join() !== reference[at]?.join()).indexOf(true);
  return index < 0 ? undefined : index;
}

/** @throws Bug with both sides' ids of the first sentence that differs; `nameOf` names it */
export function requireSameIds(ours: Ids, reference: Ids, nameOf: (index: number) => string): void {
  const index = firstDifference(ours, reference);
  if (index === undefined) return;
  const idsOf = (all: Ids) => `[${all[index]?.join(', ') ?? 'nothing'}]`;
  throw new Bug(`ids differ for ${nameOf(index)}: ours ${idsOf(ours)}, the reference’s ${idsOf(reference)}`);
}
