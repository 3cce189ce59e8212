import { type Batch, Corrupt } from '@honyaku/contracts';
import { applyAdam } from '@honyaku/kernels';
import { isNative, nativeKernels } from '../kernels/choice.ts';
import { addTwo, squaredNorm } from '../kernels/matrices.ts';
import { learningRateAt } from './learning-rate.ts';
import { dropoutRates, requireUsable, type TrainerSettings } from './trainer-settings.ts';
import { type BatchLoss, countTokens } from '../seq2seq/loss.ts';
import type { ParameterSpec } from '../networks/parameter.ts';
import { parameterFrom, writeParameters } from '../checkpoint/parameters.ts';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { Variable } from '../kernels/variable.ts';

/** Where an update stands in training. */
export interface StepPlace {
  readonly epoch: number;
  /** Of the epoch, from 0. */
  readonly step: number;
  /** Share of the trial's epochs that is done, which the cosine schedule asks for; 0 when left out. */
  readonly progress?: number;
  readonly plateauFactor?: number;
}

interface Moments {
  readonly spec: ParameterSpec;
  readonly m: Variable;
  readonly v: Variable;
}

/** Between the names of kernels in a checkpoint's metadata. */
const separator = ', ';

type NamedGradients = ReadonlyMap<string, Tensor>;

/**
 * Trains a network by Adam. Its state is the moments, the number of updates and the weights' moving average, with the
 * kernels that computed them.
 */
export class Trainer {
  private readonly network: Seq2Seq;
  private readonly settings: TrainerSettings;
  private readonly moments: readonly Moments[];
  private readonly average: Seq2Seq | undefined;
  private updates = 0;
  private readonly computedBy = new Set<string>();

  /** @throws InvalidInput for a rate that cannot be used */
  constructor(network: Seq2Seq, settings: TrainerSettings) {
    requireUsable(settings);
    this.network = network;
    this.settings = settings;
    this.average = settings.averageDecay > 0 ? network.copy() : undefined;
    this.moments = network.parameters.map(({ spec }) => ({
      spec,
      m: new Variable(tf.zeros([...spec.shape])),
      v: new Variable(tf.zeros([...spec.shape])),
    }));
  }

  /** The kernels that computed the updates so far; none where all are TensorFlow's. */
  get kernels(): readonly string[] {
    return [...this.computedBy];
  }

  /** The network to evaluate and keep: the moving average where there is one, else the trained network. */
  get model(): Seq2Seq {
    return this.average ?? this.network;
  }

  /**
   * One update from one batch or several. Dropout is keyed by (seed, epoch, step, batch), so the same call on
   * the same state gives the same bytes. Batches of nothing but padding change nothing.
   * @returns the loss before the update, without smoothing
   */
  step(batches: Batch | readonly Batch[], at: StepPlace): BatchLoss {
    const list = 'size' in batches ? [batches] : batches;
    const targetTokens = list.reduce((sum, batch) => sum + countTokens(batch), 0);
    if (targetTokens === 0) return { tokenLoss: 0, targetTokens };
    const { gradients, tokenLoss } = this.gradientsOf(list, at, targetTokens);
    this.updates += 1;
    const rate = learningRateAt(this.settings, {
      update: this.updates,
      progress: at.progress ?? 0,
      plateauFactor: at.plateauFactor ?? 1,
    });
    if (nativeKernels !== undefined || this.computedBy.size > 0)
      this.computedBy.add(nativeKernels ?? 'tensorflow');
    if (isNative) this.updateNatively(gradients, rate);
    else this.update(gradients, rate);
    this.average?.moveTowards(this.network, 1 - this.settings.averageDecay);
    return { tokenLoss, targetTokens };
  }

  /** Gradients of the mean loss over the tokens of all batches. */
  private gradientsOf(
    batches: readonly Batch[],
    { epoch, step }: StepPlace,
    divisor: number,
  ): { gradients: NamedGradients; tokenLoss: number } {
    const { seed, labelSmoothing, isFrozen } = this.settings;
    const rates = dropoutRates(this.settings);
    const sum = new Map<string, Tensor>();
    let tokenLoss = 0;
    batches.forEach((batch, index) => {
      const dropout = { ...rates, place: [seed, epoch, step, index] };
      const loss = this.network.gradients(batch, { dropout, labelSmoothing, divisor, isFrozen });
      tokenLoss += loss.tokenLoss;
      for (const [name, gradient] of loss.gradients) {
        const before = sum.get(name);
        sum.set(name, before ? addTwo(before, gradient) : gradient);
        if (before) tf.dispose([before, gradient]);
      }
    });
    return { gradients: sum, tokenLoss };
  }

  /** What scales all gradients so that their norm, taken together, is at most `clipNorm` (Pascanu et al. 2013). */
  private clippingFactor(gradients: NamedGradients): number {
    const { clipNorm } = this.settings;
    if (clipNorm === 0) return 1;
    const norm = Math.sqrt(squaredNorm([...gradients.values()]));
    return norm > clipNorm ? clipNorm / norm : 1;
  }

  /** Clipping, decay and Adam of all parameters in one pass over the memory. */
  private updateNatively(gradients: NamedGradients, learningRate: number): void {
    const gradientFactor = this.clippingFactor(gradients);
    const { weightDecay } = this.settings;
    const parameters = this.network.parameters.flatMap(({ spec, variable }, index) => {
      const [gradient, moments] = [gradients.get(spec.name), this.moments[index]];
      if (!gradient || !moments) return [];
      const { m, v } = moments;
      return [{ value: variable.inPlace, firstMoment: m.inPlace, secondMoment: v.inPlace, gradient }];
    });
    applyAdam(parameters, { learningRate, step: this.updates, weightDecay, gradientFactor });
    for (const gradient of gradients.values()) gradient.dispose();
  }

  private update(gradients: NamedGradients, rate: number): void {
    const factor = this.clippingFactor(gradients);
    const { weightDecay } = this.settings;
    this.network.parameters.forEach(({ spec, variable }, index) => {
      const gradient = gradients.get(spec.name);
      const moments = this.moments[index];
      if (!gradient || !moments) return;
      const clipped = factor === 1 ? gradient : gradient.mul(factor);
      if (weightDecay > 0) variable.scale(1 - rate * weightDecay);
      variable.applyAdam(moments, clipped, rate, this.updates);
      tf.dispose([gradient, clipped]);
    });
  }

  /**
   * Writes the moments (`m.` and `v.` before PyTorch's names), the number of updates with their kernels and, where
   * `model` is an average, the weights that it is the average of (`w.`).
   */
  async saveOptimizer(path: string): Promise<void> {
    const prefixed = (prefix: string, pick: (index: number) => Variable | undefined) =>
      this.network.parameters.flatMap(({ spec }, index) => {
        const variable = pick(index);
        return variable ? [{ spec, variable, prefix }] : [];
      });
    await writeParameters(
      path,
      [
        ...prefixed('m.', (index) => this.moments[index]?.m),
        ...prefixed('v.', (index) => this.moments[index]?.v),
        ...(this.average ? prefixed('w.', (index) => this.network.parameters[index]?.variable) : []),
      ],
      {
        step: String(this.updates),
        ...(this.computedBy.size > 0 ? { kernels: this.kernels.join(separator) } : {}),
      },
    );
  }

  /**
   * Goes on from an optimiser state; the network must have been loaded from the model saved with it.
   * @throws Corrupt when the file is not the optimiser state of such a network
   */
  async loadOptimizer(path: string): Promise<void> {
    const file = await readSafetensors(path);
    const steps = Number(file.metadata['step'] ?? NaN);
    if (!(Number.isSafeInteger(steps) && steps >= 0))
      throw new Corrupt(`${path} does not say how many steps were taken`);
    const assign = (variable: Variable, spec: ParameterSpec, prefix: string) =>
      variable.assign(tf.tensor(parameterFrom(file, spec, path, prefix), [...spec.shape], 'float32'));
    for (const { spec, m, v } of this.moments) {
      assign(m, spec, 'm.');
      assign(v, spec, 'v.');
    }
    if (this.average) for (const { spec, variable } of this.network.parameters) assign(variable, spec, 'w.');
    this.updates = steps;
    this.computedBy.clear();
    for (const kernels of file.metadata['kernels']?.split(separator) ?? []) this.computedBy.add(kernels);
  }

  dispose(): void {
    this.average?.dispose();
    for (const { m, v } of this.moments) {
      m.dispose();
      v.dispose();
    }
  }
}
