import { precisions } from '@honyaku/contracts';
import { describeResumedTrials } from './resumed-trials.ts';

for (const network of ['recurrent', 'transformer'] as const)
  for (const precision of precisions) describeResumedTrials({ network, precision, stops: 20, kills: 5 });
