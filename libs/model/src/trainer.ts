import { type Batch, Corrupt, InvalidInput } from '@honyaku/contracts';
import type { BatchLoss } from './loss.ts';
import type { ParameterSpec } from './parameters.ts';
import { readSafetensors } from './safetensors.ts';
import { parameterFrom, type Seq2Seq, writeParameters } from './seq2seq.ts';
import { tf } from './tensorflow.ts';
import { Variable } from './variable.ts';

export interface TrainerSettings {
  readonly learningRate: number;
  /** Share of each layer's outputs that is dropped: at least 0, below 1. */
  readonly dropout: number;
  /** Of what is dropped. */
  readonly seed: number;
}

interface Moments {
  readonly spec: ParameterSpec;
  readonly m: Variable;
  readonly v: Variable;
}

/** Trains a network by Adam; its state is the moments and the number of steps taken. */
export class Trainer {
  private readonly network: Seq2Seq;
  private readonly settings: TrainerSettings;
  private readonly moments: readonly Moments[];
  private stepsTaken = 0;

  /** @throws InvalidInput for a rate that can not be used */
  constructor(network: Seq2Seq, settings: TrainerSettings) {
    const { dropout, learningRate } = settings;
    if (!(dropout >= 0 && dropout < 1))
      throw new InvalidInput(`dropout is ${dropout}; it must be at least 0 and below 1`);
    if (!(learningRate >= 0 && learningRate < Infinity))
      throw new InvalidInput(`learningRate is ${learningRate}; it must be finite and at least 0`);
    this.network = network;
    this.settings = settings;
    this.moments = network.parameters.map(({ spec }) => ({
      spec,
      m: new Variable(tf.zeros([...spec.shape])),
      v: new Variable(tf.zeros([...spec.shape])),
    }));
  }

  /**
   * One update from one batch. Dropout is keyed by (seed, epoch, step), so the same call on the same state
   * gives the same bytes. A batch of nothing but padding changes nothing.
   * @returns the loss before the update
   */
  step(batch: Batch, at: { readonly epoch: number; readonly step: number }): BatchLoss {
    const { dropout: rate, seed, learningRate } = this.settings;
    const dropout = rate > 0 ? { rate, place: [seed, at.epoch, at.step] } : undefined;
    const { gradients, tokenLoss, targetTokens } = this.network.gradients(batch, { dropout });
    if (targetTokens === 0) return { tokenLoss, targetTokens };
    this.stepsTaken += 1;
    this.network.parameters.forEach(({ spec, variable }, index) => {
      const gradient = gradients.get(spec.name);
      const moments = this.moments[index];
      if (!gradient || !moments) return;
      variable.applyAdam(moments, gradient, learningRate, this.stepsTaken);
      gradient.dispose();
    });
    return { tokenLoss, targetTokens };
  }

  /** Writes the moments (`m.` and `v.` before PyTorch's names) and the number of steps. */
  async saveOptimizer(path: string): Promise<void> {
    const prefixed = (prefix: string, pick: (moments: Moments) => Variable) =>
      this.moments.map((moments) => ({
        spec: { ...moments.spec, name: prefix + moments.spec.name },
        variable: pick(moments),
      }));
    await writeParameters(path, [...prefixed('m.', ({ m }) => m), ...prefixed('v.', ({ v }) => v)], {
      step: String(this.stepsTaken),
    });
  }

  /** @throws Corrupt when the file is not the optimiser state of such a network */
  async loadOptimizer(path: string): Promise<void> {
    const file = await readSafetensors(path);
    const steps = Number(file.metadata['step'] ?? NaN);
    if (!(Number.isSafeInteger(steps) && steps >= 0))
      throw new Corrupt(`${path} does not say how many steps were taken`);
    for (const { spec, m, v } of this.moments) {
      m.assign(tf.tensor(parameterFrom(file, spec, path, 'm.'), [...spec.shape], 'float32'));
      v.assign(tf.tensor(parameterFrom(file, spec, path, 'v.'), [...spec.shape], 'float32'));
    }
    this.stepsTaken = steps;
  }

  dispose(): void {
    for (const { m, v } of this.moments) {
      m.dispose();
      v.dispose();
    }
  }
}
