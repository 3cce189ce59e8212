/** The process that trains and evaluates; it keeps the last trial's weights, optimiser state and shards in memory. */
import { fasterPrecision, isOnGpu, precision, precisionGain } from '@honyaku/model';
import { serve } from '@honyaku/tensor-process';
import { evaluateCheckpoint } from './evaluate.ts';
import { mapOutOfMemory } from './out-of-memory.ts';
import { trialProtocol } from './protocol.ts';
import { scoreCheckpoint } from './score.ts';
import { trainSteps } from './train-epoch.ts';
import { WarmTrial } from './warm-trial.ts';

// The parent found a GPU, which is now gone; continuing would silently train on the CPU.
if (process.env['HONYAKU_DEVICE'] === 'gpu' && !isOnGpu) {
  process.stderr.write('the tensor process lost its GPU\n');
  process.exit(1);
}
if (precision === 'bfloat16') {
  const gain = precisionGain();
  if (gain < 1)
    process.stderr.write(
      `runtime.precision: products in bfloat16 have ${gain.toFixed(2)} of float32's speed on this processor\n`,
    );
}
const warm = new WarmTrial();

serve(trialProtocol, {
  'faster-precision': () => Promise.resolve(fasterPrecision()),
  'train-epoch': (payload, context) => mapOutOfMemory(() => trainSteps(warm, payload, context)),
  evaluate: (payload, context) => mapOutOfMemory(() => evaluateCheckpoint(warm, payload, context)),
  score: (payload, context) => mapOutOfMemory(() => scoreCheckpoint(warm, payload, context)),
});
