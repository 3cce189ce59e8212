export { afterEpoch, emptyHistory } from './held-out-history.ts';
export { type Observation, type SearchPlan, type Suggestion } from './samplers/search-plan.ts';
export { countCombinations, firstTrials, noneAllowed, plannedTrials, suggestTrial } from './suggest.ts';
export { suggestAtRandom } from './samplers/random.ts';
export { type Space } from './samplers/space.ts';
export { suggestByTpe } from './samplers/tpe.ts';
export { type Promotion } from './pruners/asha.ts';
export { explore } from './pruners/explore.ts';
export { bracketsByNumber } from './pruners/hyperband.ts';
export { judge, promotable } from './pruners/judge.ts';
export {
  type ReportedTrial,
  type Evidence,
  type PruningPlan,
  type Report,
  type SettingsOf,
  type Verdict,
} from './pruners/pruner.ts';
