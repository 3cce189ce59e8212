/** A process of its own that finds out what TensorFlow computes on here, prints it, and ends. */
import { checkDevice, isOnGpu } from '@honyaku/model';

checkDevice();
process.stdout.write(JSON.stringify({ isOnGpu }));
