import { describeResumedTrials } from './resumed-trials.ts';

describeResumedTrials({ stops: 3, kills: 1 });
