import { describe, expect, it } from 'vitest';
import { greedy } from './decode.ts';
import { isNative } from '../kernels/choice.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { tf } from '@honyaku/kernels/tensorflow';
import { batchOf, tinyNetwork } from '../seq2seq/tiny-network.fixture.ts';
import { notebookTraining, Trainer } from '../training/trainer.ts';

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

// TensorFlow's kernels, the reference, take three times as long.
const steps = isNative ? 10_000 : 3_000;

describe(`the memory of ${steps} train steps`, () => {
  it('stays flat, in tensors and in the process', () => {
    const network = Seq2Seq.initialise(tinyNetwork({ topState: 'carried', layers: 1 }), 1);
    const trainer = new Trainer(network, { ...notebookTraining, averageDecay: 0.9, clipNorm: 1 });
    const pair = batchOf(eightPairs.slice(0, 1));
    const megabytes: number[] = [];
    let tensors = 0;
    for (let step = 0; step < steps; step += 1) {
      trainer.step(pair, { epoch: 1, step });
      if (step === 0) tensors = tf.memory().numTensors;
      if ((step + 1) % (steps / 10) === 0) megabytes.push(process.memoryUsage.rss() / 2 ** 20);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    // Two kilobytes a step that stay would be seen in 10,000 steps.
    const [early = 0, late = Infinity] = [
      Math.max(...megabytes.slice(1, 5)),
      Math.min(...megabytes.slice(5)),
    ];
    expect(late - early, `megabytes after each tenth: ${megabytes.map(Math.round).join(' ')}`).toBeLessThan(
      10,
    );
    trainer.dispose();
    network.dispose();
  });
});
