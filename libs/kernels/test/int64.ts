import { backend, type Tensor, tf } from '../src/tensorflow.ts';

/** A 64-bit scalar, which tfjs's types do not know though its backend does. */
export function int64Scalar(value: number): Tensor {
  const dataId = {};
  Reflect.apply(backend.move, backend, [dataId, Int32Array.of(value, 0), [], 'int64', 1]);
  return tf.engine().makeTensorFromDataId(dataId, [], 'int32', backend);
}
