import { attributes, dataTypes, runKernel, runKernelForAll, type Tensor, tf } from './tensorflow.ts';

/** TensorFlow's name for a resource that lives as long as its handle. */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

const float = attributes.type('dtype', dataTypes.float);

/** A float tensor that stays in TensorFlow and is updated in place. */
export class Variable {
  readonly shape: readonly number[];
  private readonly handle: Tensor;

  /** Takes over the value; the caller's tensor is disposed. */
  constructor(initial: Tensor) {
    this.shape = initial.shape;
    this.handle = tf.keep(
      runKernel(
        'VarHandleOp',
        [
          attributes.string('container', ''),
          attributes.string('shared_name', anonymous),
          float,
          attributes.shape('shape', [...initial.shape]),
        ],
        [],
      ),
    );
    this.assign(initial);
  }

  /** The value, without a copy; dispose it before the next update, or the update copies. */
  read(): Tensor {
    return runKernel('ReadVariableOp', [float], [this.handle]);
  }

  /** Replaces the value; the caller's tensor is disposed. */
  assign(value: Tensor): void {
    runKernelForAll(
      'AssignVariableOp',
      [float, attributes.bool('validate_shape', false)],
      [this.handle, value],
      0,
    );
    value.dispose();
  }

  /** A copy of the values in row-major order; slow for large variables. */
  values(): Float32Array {
    const value = this.read();
    const data = value.dataSync<'float32'>();
    value.dispose();
    return data;
  }

  /**
   * One step of Adam (Kingma & Ba 2015, as PyTorch computes it), in place.
   * @param step counts from 1
   */
  applyAdam(
    moments: { m: Variable; v: Variable },
    gradient: Tensor,
    learningRate: number,
    step: number,
  ): void {
    const power1 = beta1 ** step;
    const power2 = beta2 ** step;
    // The kernel adds epsilon to sqrt(v), PyTorch to the bias-corrected root: the same with epsilon scaled.
    const epsilon = adamEpsilon * Math.sqrt(1 - power2);
    tf.tidy(() => {
      runKernelForAll(
        'ResourceApplyAdam',
        [
          attributes.type('T', dataTypes.float),
          attributes.bool('use_locking', false),
          attributes.bool('use_nesterov', false),
        ],
        [
          this.handle,
          moments.m.handle,
          moments.v.handle,
          ...[power1, power2, learningRate, beta1, beta2, epsilon].map((value) => tf.scalar(value)),
          gradient,
        ],
        0,
      );
    });
  }

  dispose(): void {
    this.handle.dispose();
  }
}

const beta1 = 0.9;
const beta2 = 0.999;
const adamEpsilon = 1e-8;
