export { type Observation, type SearchPlan, type Suggestion, type Space } from './samplers/space.ts';
export { countCombinations, firstTrials, noneAllowed, plannedTrials, suggestTrial } from './suggest.ts';
export { gridRefusals } from './samplers/grid.ts';
export { suggestAtRandom } from './samplers/random.ts';
export { suggestByTpe } from './samplers/tpe.ts';
export { bracketsByNumber } from './pruners/hyperband.ts';
export { judge, prunerOf } from './pruners/registry.ts';
export {
  type PrunedSweep,
  type Pruner,
  type PrunerPromotion,
  type PrunerVerdict,
  type Report,
  type ReportedTrial,
} from './pruners/pruner.ts';
