import { defaultHyperparameters, InvalidInput, type TrialConfig } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { requireSameSettings } from './settings-difference.ts';

const config: TrialConfig = {
  hyperparameters: defaultHyperparameters,
  seed: 1,
  epochs: 5,
  runtime: { threads: 2, onednn: true },
  dataset: 'a'.repeat(64),
};
const refusal = (requested: TrialConfig, stored = config) => {
  try {
    requireSameSettings('epoch 2 of t-0001', stored, requested);
    return undefined;
  } catch (error) {
    return error;
  }
};
const withHyperparameters = (
  values: Partial<TrialConfig['hyperparameters']>,
  from = config,
): TrialConfig => ({
  ...from,
  hyperparameters: { ...from.hyperparameters, ...values },
});

describe('a checkpoint', () => {
  it('is not continued with other settings; the error names each with both values', () => {
    const requested = { ...withHyperparameters({ learningRate: 0.01, cell: 'gru' }), seed: 2 };
    const error = refusal(requested);
    expect(error).toBeInstanceOf(InvalidInput);
    expect(String(error)).toContain(
      'epoch 2 of t-0001 was trained with other settings: ' +
        'hyperparameters.cell: lstm in the checkpoint, gru requested; ' +
        'hyperparameters.learningRate: 0.0001 in the checkpoint, 0.01 requested; ' +
        'seed: 1 in the checkpoint, 2 requested',
    );
    expect(String(refusal({ ...config, dataset: 'b'.repeat(64) }))).toContain('dataset: aaa');
    expect(String(refusal({ ...config, runtime: { threads: 4, onednn: true } }))).toContain(
      'runtime.threads: 2',
    );
  });

  it('may be continued with another patience or number of epochs', () => {
    expect(refusal(withHyperparameters({ patience: 3 }, { ...config, epochs: 9 }))).toBeUndefined();
  });

  it('may be continued with another number of threads by native kernels, whose bytes do not depend on it', () => {
    const native = (threads: number) => ({
      ...config,
      runtime: { threads, onednn: true, kernels: 'native' as const },
    });
    expect(refusal(native(4), native(1))).toBeUndefined();
    expect(String(refusal(native(2), config))).toContain(
      'runtime.kernels: tensorflow in the checkpoint, native',
    );
  });

  it('is the same whether the default network is named or omitted', () => {
    expect(refusal(withHyperparameters({ network: 'recurrent' }))).toBeUndefined();
    expect(String(refusal(withHyperparameters({ network: 'transformer' })))).toContain(
      'hyperparameters.network: recurrent in the checkpoint, transformer requested',
    );
  });

  it('is bound to its number of epochs when the cosine schedule depends on it', () => {
    const cosine = withHyperparameters({ schedule: 'cosine' });
    expect(String(refusal({ ...cosine, epochs: 9 }, cosine))).toContain(
      'epochs: 5 in the checkpoint, 9 requested',
    );
  });
});
