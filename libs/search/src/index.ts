export { afterEpoch, emptyHistory } from './held-out-history.ts';
export { type SearchPlan } from './search-plan.ts';
export { plannedTrials, suggestTrial } from './suggest.ts';
