/** The memory of train steps, as a test of whichever kernels and precision the suite computes with. */
import { tf } from '@honyaku/kernels/tensorflow';
import { describe, expect, it } from 'vitest';
import { batchOf, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { Trainer } from './trainer.ts';
import { notebookTraining } from './trainer-settings.ts';

const batch = batchOf([{ source: [4, 2], target: [1, 4, 9, 8, 7, 6, 5, 4, 9, 2] }]);
/** Two kilobytes a step that stay are seen in 10,000 steps. */
const limitMegabytes = 10;

const networks = {
  'an LSTM': tinyNetwork({ topState: 'carried', layers: 1 }),
  'a Transformer': tinyNetwork({ ...tinyTransformer, encoderLayers: 1, decoderLayers: 1 }),
};

export function describeFlatMemory(steps: number, kind: keyof typeof networks): void {
  describe(`the memory of ${steps} train steps of ${kind}`, () => {
    it('stays flat, in tensors and in the process', () => {
      const network = Seq2Seq.initialise(networks[kind], 1);
      const trainer = new Trainer(network, { ...notebookTraining, averageDecay: 0.9, clipNorm: 1 });
      const megabytes: number[] = [];
      let tensors = 0;
      for (let step = 0; step < steps; step += 1) {
        trainer.step(batch, { epoch: 1, step });
        if (step === 0) tensors = tf.memory().numTensors;
        if ((step + 1) % (steps / 10) === 0) megabytes.push(process.memoryUsage.rss() / 2 ** 20);
      }
      expect(tf.memory().numTensors).toBe(tensors);
      const early = Math.max(...megabytes.slice(1, 5));
      const late = Math.min(...megabytes.slice(5));
      const course = `megabytes after each tenth: ${megabytes.map(Math.round).join(' ')}`;
      expect(late - early, course).toBeLessThan(limitMegabytes);
      trainer.dispose();
      network.dispose();
    });
  });
}
