export { nothing, recorded, search } from './decisions/chooser.ts';
export { type EpochFlow, decide, neededFlows, openFlows } from './decisions/decisions.ts';
export { type CheckedEvent, type LoggedSweep, afterEntry, nextEntry, sizeOfBatch } from './decisions/log.ts';
export { type Replay, replay } from './decisions/replay.ts';
export { canRetry } from './decisions/requests.ts';
export { notFinite } from './decisions/trial-epochs.ts';
export { checkedPlan, plannedBySampler } from './plan/plan.ts';
export { type TrainedBefore, previewOf } from './plan/preview.ts';
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
export { type Learner, checkWarmStart, representative, resultsFor } from './warm-start.ts';
export { webhookMessages } from './webhook-messages.ts';
