/** What a sweep's plan does that its writer may not have meant, in sentences for the preview. */
import { type SweepSpec } from '@honyaku/contracts';
import { countCombinations } from '@honyaku/search';

/** @param trials that the sampler will be asked for */
export function notesOn(spec: SweepSpec, trials: number): string[] {
  return [...combinationNotes(spec, trials), ...promotionNotes(spec, trials)];
}

function combinationNotes({ parameters, sampler }: SweepSpec, trials: number): string[] {
  const space = { space: parameters };
  const most = trials + 1;
  const combinations = countCombinations(space, sampler === 'grid' ? Math.max(most, mostCells) : most);
  if (combinations === undefined || combinations === trials) return [];
  if (combinations < trials)
    return [
      `trials: ${trials} trials have ${combinations === 1 ? 'the same settings' : `only ${combinations} different settings`} and repeat them with other seeds`,
    ];
  if (sampler !== 'grid' || trials === 0) return [];
  const cells = combinations === mostCells ? `more than ${mostCells - 1}` : `${combinations}`;
  return [`trials: the grid has ${cells} cells; the first ${trials} are trained`];
}

/** A sweep has at most 10,000 trials. */
const mostCells = 10_001;

/** Promotion wants a whole reduction factor of trials at a rung; with fewer than one the best goes on alone. */
function promotionNotes({ pruner, epochs, trialsByHand }: SweepSpec, sampled: number): string[] {
  if (pruner.type !== 'asha' || pruner.mode !== 'promotion' || pruner.unit !== 'epochs') return [];
  const { minResource, reductionFactor } = pruner;
  let left = sampled + trialsByHand.length;
  if (left < reductionFactor) return [];
  for (let rung = minResource; rung < epochs; rung *= reductionFactor) {
    left = Math.floor(left / reductionFactor);
    if (left === 0)
      return [
        `pruner: with so few trials promotion may end at epoch ${rung} of ${epochs}; use more trials or mode stopping`,
      ];
  }
  return [];
}
