import { exampleReport, exampleSweep, exampleTrial, exampleEpoch } from '@honyaku/client/example-sweep';
import { type DatasetReport, type EpochView, type SweepView, storedDataset } from '@honyaku/contracts';
import { exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { belowLookUpText, bestText, lookUpText } from './best-texts.ts';

const lookUp = { dev: 14.7, test: 15.2 };
const heldOut = exampleHeldOut(20);
const test = exampleHeldOut(21);

describe('the result of a best epoch', () => {
  it('is that of the test set, then that of the dev set, each beside the look-up', () => {
    expect(bestText({ heldOut, test }, 'dev', lookUp)).toBe(
      'test ppl 21.00, BLEU 12.30 (look-up 15.20) of 20 sentences; dev ppl 20.00, BLEU 12.30 (look-up 14.70)',
    );
  });

  it('is that of the dev set while the test set is not read', () => {
    expect(bestText({ heldOut }, 'dev', lookUp)).toBe(
      'dev ppl 20.00, BLEU 12.30 (look-up 14.70) of 20 sentences',
    );
  });

  it('is that of the test set alone in a random split, and without a look-up where nobody computed one', () => {
    expect(bestText({ heldOut }, 'test', { test: 15.2 })).toBe(
      'test ppl 20.00, BLEU 12.30 (look-up 15.20) of 20 sentences',
    );
    expect(bestText({ heldOut }, 'test', undefined)).toBe('test ppl 20.00, BLEU 12.30 of 20 sentences');
  });
});

describe('the look-up in words', () => {
  it('has the scores of the sets that there are', () => {
    expect(lookUpText({ lookUp })).toBe(
      'look-up, the translation of the most similar training sentence: BLEU 14.70 on the dev set and 15.20 on the test set',
    );
    expect(lookUpText({ lookUp: { test: 15.2 } })).toMatch(/: BLEU 15\.20$/);
    expect(lookUpText(exampleReport)).toBe('');
    expect(lookUpText(undefined)).toBe('');
  });
});

/** A trial whose last epoch is the best, with 1,000 updates an epoch and perplexities that no longer fall. */
function trained(epochs: number, perplexities: Partial<Record<'train' | 'before', number>> = {}) {
  const { train = 18, before = 20.1 } = perplexities;
  const list = Array.from({ length: epochs }, (_, at): EpochView => {
    const epoch = exampleEpoch(at + 1, train, at + 1 === epochs ? 20 : before);
    return { ...epoch, train: { ...epoch.train, steps: 1_000 } };
  });
  const trial = exampleTrial(1, 'completed', list);
  return { ...trial, config: { ...trial.config, epochs } };
}

function below(
  trial: ReturnType<typeof trained>,
  {
    vocabulary = 1_000,
    report = {},
    best = {},
  }: {
    vocabulary?: number;
    report?: Partial<DatasetReport>;
    best?: Partial<SweepView['best']>;
  } = {},
): string {
  const { spec, best: example } = exampleSweep('completed');
  if (!example) throw new Error('there is a best epoch');
  const vocabularySize = { source: vocabulary, target: vocabulary };
  const dataset = storedDataset({ ...spec.dataset, vocabularySize });
  return belowLookUpText(
    {
      spec: { ...spec, dataset },
      best: { ...example, epoch: trial.epochs.length, heldOut, test, ...best },
    },
    [trial],
    { ...exampleReport, lookUp, ...report },
  );
}

describe('a best epoch that translates worse than the look-up', () => {
  const sentence = 'the best epoch translates worse than the look-up (BLEU 12.30 against 15.20)';

  it('is told so, without a reason where its numbers have none', () => {
    expect(below(trained(9))).toBe(sentence);
  });

  it('is told that it has seen too few updates', () => {
    expect(below(trained(4))).toBe(`${sentence}; likely why: it has seen only 4 epochs (4000 updates)`);
  });

  it('is told that its vocabulary is large for the pairs', () => {
    expect(below(trained(9), { vocabulary: 8_000 })).toBe(
      `${sentence}; likely why: a vocabulary of 8000 tokens is large for 16000 training pairs: choose a smaller dataset.vocabularySize`,
    );
  });

  it('is told that its perplexity still fell, and of every other reason too', () => {
    expect(below(trained(1), { vocabulary: 8_000 })).toContain(
      '; likely reasons: it has seen only 1 epoch (',
    );
    expect(below(trained(9, { before: 30 }))).toContain(
      'likely why: its perplexity still fell in its last epoch, from 30.00 to 20.00: train longer',
    );
  });

  it('is told that it has learnt its pairs by heart', () => {
    expect(below(trained(9, { train: 3 }))).toContain(
      'by heart (perplexity 3.00 there, 20.00 on held-out pairs): raise dropout, or give more pairs',
    );
  });

  it('is one only by the set that was read last, and where somebody computed the look-up', () => {
    expect(below(trained(4), { report: { lookUp: { dev: 14.7, test: 12 } } })).toBe('');
    expect(below(trained(9), { best: { test: undefined } })).toContain('(BLEU 12.30 against 14.70)');
    expect(below(trained(4), { report: { lookUp: undefined } })).toBe('');
  });
});
