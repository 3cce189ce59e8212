export { plannedTrials, suggestTrial, type SearchPlan } from './suggest.ts';
