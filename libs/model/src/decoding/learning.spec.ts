import { describe, expect, it } from 'vitest';
import { greedy } from './decode.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { batchOf, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { Trainer } from '../training/trainer.ts';
import { notebookTraining } from '../training/trainer-settings.ts';

/** Eight sentences of 1 to 8 tokens; the last is as long as the longest. */
const eightPairs = Array.from({ length: 8 }, (_, row) => ({
  source: [...Array.from({ length: row + 1 }, (_, place) => 4 + ((row * 3 + place * place) % 5)), 2],
  target: [1, ...Array.from({ length: 8 - row }, (_, place) => 4 + ((row + place * 5) % 6)), 2],
}));

describe('eight pairs', () => {
  it.each([
    ['two layers', {}],
    ['attention', { attention: 'general' }],
    [
      'GRU both ways with input feeding',
      { cell: 'gru', bidirectional: true, attention: 'dot', inputFeeding: true },
    ],
    ['a Transformer', tinyTransformer],
  ] as const)('are learnt by heart and decoded back exactly: %s', (_name, parts) => {
    // With the notebook's `zero` a step of decoding does not go on where training would.
    const network = Seq2Seq.initialise(
      tinyNetwork({ ...parts, topState: 'carried', embeddingSize: 16, hiddenSize: 32 }),
      3,
    );
    const trainer = new Trainer(network, { ...notebookTraining, learningRate: 0.01, dropout: 0 });
    const batch = batchOf(eightPairs);
    // Below ln 2 for all tokens together, each right one is likelier than all others.
    const knowsAll = () => network.loss(batch).tokenLoss < Math.LN2;
    let step = 0;
    while (step < 4000 && (trainer.step(batch, { epoch: 1, step }).tokenLoss >= Math.LN2 || !knowsAll()))
      step += 1;
    expect(step).toBeLessThan(4000);
    expect(
      greedy(
        network,
        eightPairs.map(({ source }) => source),
      ),
    ).toEqual(eightPairs.map(({ target }) => target.slice(1, -1)));
    trainer.dispose();
    network.dispose();
  });
});
