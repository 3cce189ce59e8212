export { nothing, recorded, search } from './decisions/chooser.ts';
export { decide } from './decisions/decisions.ts';
export { type Flow, neededFlows, openFlows } from './decisions/flows.ts';
export {
  type CheckedEvent,
  type LoggedSweep,
  afterEntry,
  nextEntry,
  sizeOfBatch,
  type Replay,
  replay,
} from './decisions/log.ts';
export { canRetry, hasRetries } from './decisions/requests.ts';
export { awaitsScore } from './decisions/whole-score.ts';
export { notFinite } from './decisions/trial-epochs.ts';
export { checkedPlan, plannedBySampler, type TrainedBefore, previewOf } from './plan/plan.ts';
export {
  SweepRow,
  type SweepState,
  changedTrials,
  endsBetween,
  hasEnded,
  newSweep,
  sweepViewOf,
} from './state/sweep-state.ts';
export { countsOf } from './state/trial-list.ts';
export { bundleReadme } from './bundle-readme.ts';
export { bundleConfigOf, bundleFiles, epochCommitted, modelOf, trialRecordOf } from './records.ts';
export { type Checkpoint, retained } from './retention.ts';
export { type Learner, checkWarmStart, representative, resultsFor } from './decisions/observations.ts';
export { webhookMessages } from './webhook-messages.ts';
