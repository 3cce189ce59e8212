export { afterEpoch, emptyHistory } from './held-out-history.ts';
export { type SearchPlan } from './search-plan.ts';
export { plannedTrials, suggestTrial } from './suggest.ts';
export { type Promotion } from './pruners/asha.ts';
export { explore } from './pruners/explore.ts';
export { bracketsByNumber } from './pruners/hyperband.ts';
export { judge, promotable } from './pruners/judge.ts';
export {
  type Contestant,
  type Evidence,
  type PruningPlan,
  type Report,
  type SettingsOf,
  type Verdict,
} from './pruners/pruner.ts';
