/** Loads TensorFlow and adds; exits 0 only when the sum is right. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// Node 23 dropped it and tfjs-node calls it.
require('node:util').isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require('@tensorflow/tfjs-node-gpu');
const sum = tf.add(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])).dataSync();
if (sum[0] !== 4 || sum[1] !== 6) throw new Error(`1+3, 2+4 gave ${sum}`);
