import { precisions } from '@honyaku/contracts';
import { describeResumedTrials } from './resumed-trials.ts';

for (const precision of precisions) describeResumedTrials({ precision, stops: 20, kills: 5 });
