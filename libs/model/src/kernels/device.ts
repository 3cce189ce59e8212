/** The device that TensorFlow computes on; TensorFlow chooses it once, when it is loaded. */
import { Bug } from '@honyaku/contracts';
import { backend, tf } from './tensorflow.ts';

/** Whether kernels run on a GPU. */
export const isOnGpu: boolean = backend.isUsingGpuDevice;

/** Computes one product, since a device that is found may still be unable to compute. @throws TensorFlow's error; Bug */
export function checkDevice(): void {
  const [sum] = tf.tidy(() => tf.matMul(tf.ones([1, 64]), tf.ones([64, 1])).dataSync());
  if (sum !== 64) throw new Bug(`the device adds 64 ones to ${sum}`);
}
