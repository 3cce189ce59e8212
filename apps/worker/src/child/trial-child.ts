/** The process that trains and evaluates: it keeps the last trial's weights, optimiser state and shards. */
import { isOnGpu } from '@honyaku/model';
import { serve } from '@honyaku/tensor-process';
import { evaluateCheckpoint } from './evaluate.ts';
import { namingOutOfMemory } from './out-of-memory.ts';
import { trialProtocol } from './protocol.ts';
import { trainSteps } from './train-epoch.ts';
import { WarmTrial } from './warm-trial.ts';

// Its parent found a GPU. The exit shows that it is gone; going on would silently train on the CPU.
if (process.env['HONYAKU_DEVICE'] === 'gpu' && !isOnGpu) {
  process.stderr.write('the tensor process finds no GPU any more\n');
  process.exit(1);
}
const warm = new WarmTrial();

serve(trialProtocol, {
  'train-epoch': (payload, context) => namingOutOfMemory(() => trainSteps(warm, payload, context)),
  evaluate: (payload, context) => namingOutOfMemory(() => evaluateCheckpoint(warm, payload, context)),
});
