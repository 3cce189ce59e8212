import { describeResumedTrials } from './resumed-trials.ts';

describeResumedTrials({ stops: 20, kills: 5 });
