import { describe, expect, it } from 'vitest';
import { formatOfTrial } from './setting-formats.ts';
import { defaultHyperparameters, Hyperparameters, withDefaults } from './hyperparameters.ts';
import { SearchSpace } from './sweep-spec.ts';

const trial = {
  seed: 1,
  epochs: 1,
  runtime: { threads: 2, onednn: true },
  dataset: 'd'.repeat(64),
};
const formatOf = (hyperparameters: Hyperparameters) => formatOfTrial({ ...trial, hyperparameters });

describe('the hyperparameters of a recurrent network', () => {
  it('are stored without those that version 0.1.0 does not know, as far as they are at their defaults', () => {
    const named = { network: 'recurrent', encoderLayers: 4, heads: 8, wordDropout: 0, activation: 'swish' };
    expect(Hyperparameters.parse(named)).toEqual(defaultHyperparameters);
    expect(Object.keys(defaultHyperparameters)).not.toContain('network');
    expect(formatOf(defaultHyperparameters)).toBe(1);
    expect(withDefaults(defaultHyperparameters)).toMatchObject(named);
  });

  it.each([{ wordDropout: 0.1 }, { embeddingStd: 0.05 }])(
    'keep what else they have, which earlier workers leave to later ones: %j',
    (later) => {
      const settings = Hyperparameters.parse(later);
      expect(settings).toEqual({ ...defaultHyperparameters, ...later });
      expect(formatOf(settings)).toBe(7);
    },
  );
});

describe('the hyperparameters of a Transformer', () => {
  it('are stored whole, so that they mean the same whatever later defaults are', () => {
    const settings = Hyperparameters.parse({ network: 'transformer', heads: 4 });
    expect(settings).toEqual({ ...withDefaults(defaultHyperparameters), network: 'transformer', heads: 4 });
    expect(Hyperparameters.parse(settings)).toEqual(settings);
    expect(formatOf(settings)).toBe(7);
  });

  it('have heads that divide the width', () => {
    const settings = { network: 'transformer', hiddenSize: 256, heads: 6 };
    expect(Hyperparameters.safeParse(settings).error?.issues).toMatchObject([
      { path: ['heads'], message: '6 do not divide hiddenSize, which is 256: each has an equal part of it' },
    ]);
    expect(Hyperparameters.safeParse({ ...settings, network: 'recurrent' }).success).toBe(true);
    expect(Hyperparameters.safeParse({ ...settings, heads: 8 }).success).toBe(true);
  });

  it('are free of what constrains recurrent networks', () => {
    const constrained = { tiedEmbeddings: true, embeddingSize: 64, bidirectional: true, layers: 1 };
    expect(Hyperparameters.safeParse(constrained).success).toBe(false);
    expect(Hyperparameters.safeParse({ ...constrained, network: 'transformer' }).success).toBe(true);
  });

  it('may depend on the network in a space that has both', () => {
    const heads = { type: 'choice', values: [4, 8], when: { network: 'transformer' } };
    const network = { type: 'choice', values: ['recurrent', 'transformer'] };
    expect(SearchSpace.safeParse({ network, heads }).success).toBe(true);
    expect(SearchSpace.safeParse({ heads }).error?.issues).toMatchObject([
      { path: ['heads', 'when', 'network'] },
    ]);
  });
});
