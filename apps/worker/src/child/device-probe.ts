/** A separate process that prints which device TensorFlow computes on, and exits. */
import { checkDevice, isOnGpu } from '@honyaku/model';

checkDevice();
process.stdout.write(JSON.stringify({ isOnGpu }));
