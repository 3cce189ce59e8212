import { describeResumedTrials } from './resumed-trials.ts';

describeResumedTrials({ precision: 'float32', stops: 3, kills: 1 });
