/** The process that trains and evaluates: it keeps the last trial's weights, optimiser state and shards. */
import { serve } from '@honyaku/tensor-process';
import { evaluate } from './evaluate.ts';
import { namingOutOfMemory } from './out-of-memory.ts';
import { trialProtocol } from './protocol.ts';
import { trainEpoch } from './train-epoch.ts';
import { WarmTrial } from './warm-trial.ts';

const warm = new WarmTrial();

serve(trialProtocol, {
  'train-epoch': (payload, context) => namingOutOfMemory(() => trainEpoch(warm, payload, context)),
  evaluate: (payload, context) => namingOutOfMemory(() => evaluate(warm, payload, context)),
});
