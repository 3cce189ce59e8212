import type { Batch } from '@honyaku/contracts';
import { parameterFrom, writeParameters } from '../checkpoint/parameters.ts';
import { readSafetensors, type TensorFile } from '../checkpoint/safetensors.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from '../kernels/choice.ts';
import { Variable } from '../kernels/variable.ts';
import type { Network } from '../networks/network.ts';
import { initialValue } from '../networks/initial-value.ts';
import type { ParameterSpec, Weights } from '../networks/parameter.ts';
import { allLogits, type BatchLoss, lossAndGradients, lossOf, type LossOptions, rowLosses } from './loss.ts';

/** A network with its weights, which stay in TensorFlow. */
export class Seq2Seq {
  readonly architecture: Network;
  /** In the order of a checkpoint. */
  readonly parameters: readonly { readonly spec: ParameterSpec; readonly variable: Variable }[];
  private readonly byName: ReadonlyMap<string, Variable>;

  private constructor(architecture: Network, valueOf: (spec: ParameterSpec) => Tensor) {
    this.architecture = architecture;
    this.parameters = architecture.parameters.map((spec) => ({
      spec,
      variable: new Variable(valueOf(spec)),
    }));
    this.byName = new Map(this.parameters.map(({ spec, variable }) => [spec.name, variable]));
  }

  /** Weights as PyTorch starts them, a function of the seed. */
  static initialise(architecture: Network, seed: number): Seq2Seq {
    return new Seq2Seq(architecture, (spec) => initialValue(spec, seed));
  }

  /** @throws Corrupt when the file is truncated, or names the first parameter that is absent or of another shape */
  static async load(path: string, architecture: Network): Promise<Seq2Seq> {
    return Seq2Seq.fromTensors(await readSafetensors(path), architecture, path);
  }

  /** @param where names the tensors' origin in errors */
  static fromTensors(file: TensorFile, architecture: Network, where: string): Seq2Seq {
    const values = new Map(
      architecture.parameters.map((spec) => [spec.name, parameterFrom(file, spec, where)] as const),
    );
    return new Seq2Seq(architecture, (spec) =>
      // A copy, since a tensor may share its array's memory, where native kernels update weights in place.
      tf.tensor(Float32Array.from(values.get(spec.name) ?? []), [...spec.shape], 'float32'),
    );
  }

  /** Another network with the same weights. */
  copy(): Seq2Seq {
    return new Seq2Seq(this.architecture, ({ name }) => this.variable(name).copy());
  }

  /** Moves each weight by this share of its distance to another network's. */
  moveTowards(other: Seq2Seq, share: number): void {
    for (const { spec, variable } of this.parameters) variable.moveTowards(other.variable(spec.name), share);
  }

  /** Numbers in all weights, those that PyTorch counts. */
  get parameterCount(): number {
    return this.parameters.reduce((sum, { spec }) => sum + spec.shape.reduce((a, b) => a * b, 1), 0);
  }

  /**
   * The mean of the weights of one or more checkpoints of one network (Junczys-Dowmunt et al. 2016).
   * @throws Corrupt when one is not of these sizes
   */
  static async loadMean(paths: readonly string[], architecture: Network): Promise<Seq2Seq> {
    const [first = '', ...others] = paths;
    const mean = await Seq2Seq.load(first, architecture);
    for (const [index, path] of others.entries()) {
      const other = await Seq2Seq.load(path, architecture);
      mean.moveTowards(other, 1 / (index + 2));
      other.dispose();
    }
    return mean;
  }

  /** Writes the weights with PyTorch's names and layout; `load_state_dict` takes them as they are. */
  async save(path: string): Promise<void> {
    await writeParameters(path, this.parameters);
  }

  /** Loss of a batch, without dropout. */
  loss(batch: Batch): BatchLoss {
    return this.withWeights((weights) => lossOf(batch, this.architecture, weights));
  }

  /** Gradients of the mean token loss; the caller disposes them. */
  gradients(batch: Batch, options?: LossOptions): ReturnType<typeof lossAndGradients> {
    return this.withWeights((weights) => lossAndGradients(batch, this.architecture, weights, options));
  }

  /** Loss of each row of a batch, without dropout: its target's negative log probability. */
  rowLosses(batch: Batch): BatchLoss[] {
    return this.withWeights((weights) => rowLosses(batch, this.architecture, weights));
  }

  /** [size, targetLength, target vocabulary], row-major. */
  logits(batch: Batch): Float32Array {
    return this.withWeights((weights) => allLogits(batch, this.architecture, weights));
  }

  /** Lends the weights' values. TensorFlow's update would copy one that is not given back before. */
  withWeights<Result>(use: (weights: Weights) => Result): Result {
    const lent = new Map<string, Tensor>();
    const once = (key: string, compute: () => Tensor) => {
      const known = lent.get(key);
      if (known) return known;
      const value = tf.keep(tf.tidy(compute));
      lent.set(key, value);
      return value;
    };
    const read = (name: string) =>
      isNative ? this.variable(name).inPlace : once(name, () => this.variable(name).read());
    try {
      return use(Object.assign(read, { derived: once }));
    } finally {
      for (const value of lent.values()) value.dispose();
    }
  }

  private variable(name: string): Variable {
    const variable = this.byName.get(name);
    if (!variable) throw new RangeError(`no parameter ${name}`);
    return variable;
  }

  dispose(): void {
    for (const { variable } of this.parameters) variable.dispose();
  }
}
