import { describeResumedTrials } from './resumed-trials.ts';

for (const network of ['recurrent', 'transformer'] as const)
  describeResumedTrials({ network, precision: 'float32', stops: 3, kills: 1 });
