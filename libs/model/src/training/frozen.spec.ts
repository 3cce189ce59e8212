import { withDefaults, defaultHyperparameters, type Hyperparameters } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { tinyBatch, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { isFrozenBy } from './frozen.ts';
import { Trainer } from './trainer.ts';
import { notebookTraining } from './trainer-settings.ts';

type Freeze = NonNullable<Hyperparameters['freeze']>;
const recurrent = withDefaults(defaultHyperparameters);

/** Names of the parameters that steps with decay and averaging have not changed. */
function unchanged(settings: Parameters<typeof tinyNetwork>[0], freeze: Freeze): string[] {
  const network = Seq2Seq.initialise(tinyNetwork(settings), 1);
  const before = network.parameters.map(({ variable }) => Buffer.from(variable.values().slice().buffer));
  const isFrozen = isFrozenBy({ ...recurrent, ...settings, freeze });
  const training = { ...notebookTraining, learningRate: 0.05, weightDecay: 0.1, averageDecay: 0.9, seed: 7 };
  const trainer = new Trainer(network, { ...training, isFrozen });
  for (let step = 0; step < 3; step += 1) trainer.step(tinyBatch, { epoch: 1, step });
  const same = trainer.model.parameters.filter(({ variable }, index) =>
    before[index]?.equals(Buffer.from(variable.values().slice().buffer)),
  );
  const names = same.map(({ spec }) => spec.name);
  trainer.dispose();
  network.dispose();
  return names;
}

describe.each([
  { kind: 'a recurrent network', settings: {}, embeddings: /embedding/, encoder: /^encoder\./ },
  {
    kind: 'a Transformer',
    settings: tinyTransformer,
    embeddings: /^model\.shared/,
    encoder: /^model\.(?:shared|encoder)/,
  },
])('freeze in $kind', ({ settings, embeddings, encoder }) => {
  // What no update changes: biases of keys, and the output layer that the reference's encoder has and never uses.
  const idle = unchanged(settings, 'none');
  const names = tinyNetwork(settings)
    .parameters.map(({ name }) => name)
    .filter((name) => !idle.includes(name));

  it.each([
    ['embeddings', embeddings],
    ['encoder', encoder],
  ] as const)('leaves the bytes of its %s alone as they were', (part, isPart) => {
    const frozen = unchanged(settings, part).filter((name) => !idle.includes(name));
    expect(frozen).toEqual(names.filter((name) => isPart.test(name)));
  });
});
