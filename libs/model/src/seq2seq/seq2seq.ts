import { type Batch, Corrupt } from '@honyaku/contracts';
import { allLogits, type BatchLoss, lossAndGradients, lossOf, type LossOptions, rowLosses } from './loss.ts';
import type { NetworkShape } from '../networks/recurrent/shape.ts';
import type { ParameterSpec } from '../networks/parameter-spec.ts';
import { initialValue, parameterSpecs } from '../networks/recurrent/parameters.ts';
import type { Weights } from '../networks/recurrent/recurrent-cell.ts';
import {
  type NamedTensor,
  readSafetensors,
  type TensorFile,
  writeSafetensors,
} from '../checkpoint/safetensors.ts';
import { type Tensor, tf } from '../kernels/tensorflow.ts';
import { fromTorch, torchTensorsOf, toTorch } from '../checkpoint/torch-layout.ts';
import { Variable } from '../kernels/variable.ts';

/** The network with its weights, which stay in TensorFlow. */
export class Seq2Seq {
  readonly shape: NetworkShape;
  /** In the order of a checkpoint. */
  readonly parameters: readonly { readonly spec: ParameterSpec; readonly variable: Variable }[];
  private readonly byName: ReadonlyMap<string, Variable>;

  private constructor(shape: NetworkShape, valueOf: (spec: ParameterSpec) => Tensor) {
    this.shape = shape;
    this.parameters = parameterSpecs(shape).map((spec) => ({ spec, variable: new Variable(valueOf(spec)) }));
    this.byName = new Map(this.parameters.map(({ spec, variable }) => [spec.name, variable]));
  }

  /** Weights as PyTorch starts them, a function of the seed. */
  static initialise(shape: NetworkShape, seed: number): Seq2Seq {
    return new Seq2Seq(shape, (spec) => initialValue(spec, seed));
  }

  /** @throws Corrupt when the file is truncated, or names the first parameter that is absent or of another shape */
  static async load(path: string, shape: NetworkShape): Promise<Seq2Seq> {
    return Seq2Seq.fromTensors(await readSafetensors(path), shape, path);
  }

  /** @param where names the tensors' origin in errors */
  static fromTensors(file: TensorFile, shape: NetworkShape, where: string): Seq2Seq {
    const values = new Map(
      parameterSpecs(shape).map((spec) => [spec.name, parameterFrom(file, spec, where)] as const),
    );
    return new Seq2Seq(shape, (spec) => tf.tensor(values.get(spec.name) ?? [], [...spec.shape], 'float32'));
  }

  /** Another network with the same weights. */
  copy(): Seq2Seq {
    return new Seq2Seq(this.shape, ({ name }) => this.variable(name).read());
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
  static async loadMean(paths: readonly string[], shape: NetworkShape): Promise<Seq2Seq> {
    const [first = '', ...others] = paths;
    const mean = await Seq2Seq.load(first, shape);
    for (const [index, path] of others.entries()) {
      const other = await Seq2Seq.load(path, shape);
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
    return this.withWeights((weights) => lossOf(batch, this.shape, weights));
  }

  /** Gradients of the mean token loss; the caller disposes them. */
  gradients(batch: Batch, options?: LossOptions): ReturnType<typeof lossAndGradients> {
    return this.withWeights((weights) => lossAndGradients(batch, this.shape, weights, options));
  }

  /** Loss of each row of a batch, without dropout: its target's negative log probability. */
  rowLosses(batch: Batch): BatchLoss[] {
    return this.withWeights((weights) => rowLosses(batch, this.shape, weights));
  }

  /** [size, targetLength, target vocabulary], row-major. */
  logits(batch: Batch): Float32Array {
    return this.withWeights((weights) => allLogits(batch, this.shape, weights));
  }

  /** Lends the weights' values; each is read once and given back before the next update could copy it. */
  withWeights<Result>(use: (weights: Weights) => Result): Result {
    const read = new Map<string, Tensor>();
    try {
      return use((name) => {
        const known = read.get(name);
        if (known) return known;
        const value = tf.keep(this.variable(name).read());
        read.set(name, value);
        return value;
      });
    } finally {
      for (const value of read.values()) value.dispose();
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

/** Writes variables as a checkpoint has them. */
export async function writeParameters(
  path: string,
  parameters: readonly { readonly spec: ParameterSpec; readonly variable: Variable }[],
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  function* data(): Generator<NamedTensor> {
    for (const { spec, variable } of parameters) yield* toTorch(spec, variable.values());
  }
  await writeSafetensors(
    path,
    parameters.flatMap(({ spec }) => torchTensorsOf(spec)),
    data,
    metadata,
  );
}

/** A parameter's values out of a checkpoint. @throws Corrupt */
export function parameterFrom(
  file: TensorFile,
  spec: ParameterSpec,
  where: string,
  prefix = '',
): Float32Array {
  const tensors = torchTensorsOf(spec).map(({ name, shape }) => {
    const found = file.tensors.get(prefix + name);
    if (!found) throw new Corrupt(`${where} has no parameter ${prefix}${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new Corrupt(
        `${where}: ${prefix}${name} has the shape [${found.shape.join(', ')}], the network needs [${shape.join(', ')}]`,
      );
    }
    if (!(found.data instanceof Float32Array))
      throw new Corrupt(`${where}: ${prefix}${name} is not of type F32`);
    return found.data;
  });
  return fromTorch(spec, tensors);
}
