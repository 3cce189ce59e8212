import {
  attributes,
  dataTypes,
  runKernel,
  runKernelForAll,
  type Tensor,
  tf,
} from '@honyaku/kernels/tensorflow';

/** TensorFlow's name for a resource that lives as long as its handle. */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

const float = attributes.type('dtype', dataTypes.float);

/** A float tensor that stays in TensorFlow and is updated in place. */
export class Variable {
  readonly shape: readonly number[];
  private readonly handle: Tensor;
  private lasting: Tensor | undefined;

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

  /**
   * The value in the variable's own memory, where native kernels update it, until the next `assign`; not to be disposed.
   * To read all parameters and moments in each step takes a third of a small network's kernel calls.
   */
  get inPlace(): Tensor {
    this.lasting ??= tf.keep(this.read());
    return this.lasting;
  }

  /** A copy of the value with memory of its own: native kernels update in place what `read` shares. */
  copy(): Tensor {
    return tf.tidy(() => runKernel('DeepCopy', [attributes.type('T', dataTypes.float)], [this.read()]));
  }

  /** Replaces the value; the caller's tensor is disposed. */
  assign(value: Tensor): void {
    this.endLasting();
    runKernelForAll(
      'AssignVariableOp',
      [float, attributes.bool('validate_shape', false)],
      [this.handle, value],
      0,
    );
    value.dispose();
  }

  /** Multiplies all values by a factor. */
  scale(factor: number): void {
    const value = this.read();
    const scaled = value.mul(factor);
    value.dispose();
    this.assign(scaled);
  }

  /** Moves the values by this share of their distance to another variable's. */
  moveTowards(other: Variable, share: number): void {
    const moved = tf.tidy(() => {
      const value = this.read();
      return value.add(other.read().sub(value).mul(share));
    });
    this.assign(moved);
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
    // The kernel would work out both corrections in 32 bits, where 1 - 0.999 keeps but five digits. So they come
    // into the rate here, in 64 bits, and the kernel gets powers of 0, which correct nothing.
    const correction1 = 1 - beta1 ** step;
    const correction2 = Math.sqrt(1 - beta2 ** step);
    const rate = (learningRate * correction2) / correction1;
    // The kernel adds epsilon to sqrt(v), PyTorch to the bias-corrected root: the same with epsilon scaled.
    const epsilon = adamEpsilon * correction2;
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
          ...[0, 0, rate, beta1, beta2, epsilon].map((value) => tf.scalar(value)),
          gradient,
        ],
        0,
      );
    });
  }

  dispose(): void {
    this.endLasting();
    this.handle.dispose();
  }

  private endLasting(): void {
    this.lasting?.dispose();
    this.lasting = undefined;
  }
}

// As the kernel has them, in 32 bits: the corrections must be those of the averages that it really takes.
const beta1 = Math.fround(0.9);
const beta2 = Math.fround(0.999);
const adamEpsilon = 1e-8;
