import {
  Cancelled,
  ChildLost,
  Corrupt,
  defaultTokenLimit,
  maxSentenceLength,
  NotFound,
  tokenLimitOf,
  TranslateRequest,
  Unavailable,
} from '@honyaku/contracts';
import { exampleBundle } from '@honyaku/contracts/examples';
import { describe, expect, it, vi } from 'vitest';
import { type LocalBundle, type Translate, type TranslatingChild } from './translating-child.ts';
import { type BundleSource, Translator } from './translator.ts';

const configOf = (epoch: number) => exampleBundle('few-123456', epoch);

/** Answers each sentence with its model's path; counts the children that are alive. */
class EchoChild implements TranslatingChild {
  static alive = 0;
  constructor() {
    EchoChild.alive += 1;
  }
  async translate({ bundle, request, limits: { maxTokens, longestTarget } }: Translate) {
    const truncated = (sentence: string) => sentence.length > tokenLimitOf(maxTokens, 0, longestTarget);
    return {
      outputs: request.sentences.map((sentence) => ({
        output: `${sentence} by ${bundle.model}`,
        truncated: truncated(sentence),
      })),
    };
  }
  async stop() {
    EchoChild.alive -= 1;
  }
}

const limits = { maxTokens: defaultTokenLimit, longestTarget: 513 };
const request = TranslateRequest.parse({ sentences: ['犬', '猫'] });

function translatorOf(source: BundleSource, idleMilliseconds = 60_000) {
  return new Translator(source, () => new EchoChild(), { idleMilliseconds });
}

const ready: BundleSource = {
  config: async () => configOf(1),
  fetch: async (_config, { key }) => key,
  clear: async () => undefined,
};

/** Handles one request after the other, as the real child does; each waits until its function in `begun` is called. */
class HeldChild implements TranslatingChild {
  readonly begun: (() => void)[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  translate(translate: Translate, signal?: AbortSignal) {
    const answer = this.turn.then(async () => {
      if (signal?.aborted) throw new Cancelled('before its start');
      await new Promise<void>((resolve) => this.begun.push(resolve));
      return new EchoChild().translate(translate);
    });
    this.turn = answer.catch(() => undefined);
    return answer;
  }
  async stop() {}
}

describe('Translator', () => {
  it('translates each sentence with the newest best checkpoint and names that checkpoint', async () => {
    let epoch = 1;
    const translator = translatorOf({
      config: async () => configOf(epoch),
      fetch: async (config, { key }) => `${key} of ${config.epoch}`,
      clear: async () => undefined,
    });
    expect(await translator.translate('few-123456', request, limits)).toEqual({
      trialId: 'few-123456-0001',
      epoch: 1,
      translations: [
        { source: '犬', output: '犬 by model.safetensors of 1' },
        { source: '猫', output: '猫 by model.safetensors of 1' },
      ],
    });
    epoch = 2;
    expect((await translator.translate('few-123456', request, limits)).translations[0]?.output).toBe(
      '犬 by model.safetensors of 2',
    );
    expect(EchoChild.alive).toBe(1);
    await translator.stop();
    expect(EchoChild.alive).toBe(0);
  });

  it('marks the translations that were cut, and only those', async () => {
    const translator = translatorOf({
      config: async () => configOf(1),
      fetch: async (_config, { key }) => key,
      clear: async () => undefined,
    });
    const long = TranslateRequest.parse({ sentences: ['犬', '大きな猫'] });
    expect(
      (await translator.translate('few-123456', long, { ...limits, maxTokens: 3 })).translations,
    ).toEqual([
      { source: '犬', output: '犬 by model.safetensors' },
      { source: '大きな猫', output: '大きな猫 by model.safetensors', truncated: true },
    ]);
    await translator.stop();
  });

  it('leaves blank and invisible sentences blank, and starts no child for nothing else', async () => {
    const asked: string[][] = [];
    class Child extends EchoChild {
      override translate(translate: Translate) {
        asked.push([...translate.request.sentences]);
        return super.translate(translate);
      }
    }
    const translator = new Translator(ready, () => new Child());
    const mixed = TranslateRequest.parse({ sentences: ['  ', '犬', '\u200b\u3000', '', '猫'] });
    expect((await translator.translate('few-123456', mixed, limits)).translations).toEqual([
      { source: '  ', output: '' },
      { source: '犬', output: '犬 by model.safetensors' },
      { source: '\u200b\u3000', output: '' },
      { source: '', output: '' },
      { source: '猫', output: '猫 by model.safetensors' },
    ]);
    const blank = TranslateRequest.parse({ sentences: [' ', '\u200b'] });
    expect(await translator.translate('few-123456', blank, limits)).toMatchObject({
      epoch: 1,
      translations: [
        { source: ' ', output: '' },
        { source: '\u200b', output: '' },
      ],
    });
    expect(asked).toEqual([['犬', '猫']]);
    await translator.stop();
  });

  it('marks a sentence that is too long, and translates the others', async () => {
    const translator = translatorOf(ready);
    const long = '犬'.repeat(maxSentenceLength + 1);
    const mixed = TranslateRequest.parse({ sentences: [long, '猫'] });
    expect((await translator.translate('few-123456', mixed, limits)).translations).toEqual([
      { source: long, output: '', tooLong: true },
      { source: '猫', output: '猫 by model.safetensors' },
    ]);
    await translator.stop();
  });

  it('translates with the joint vocabulary of a bundle that has one', async () => {
    const asked: LocalBundle['tokenizers'][] = [];
    class Child extends EchoChild {
      override translate(translate: Translate) {
        asked.push(translate.bundle.tokenizers);
        return super.translate(translate);
      }
    }
    const separate = configOf(1);
    const vocabulary = { ...separate.files.source, key: 'vocab.json' };
    const joint = { ...separate, files: { ...separate.files, vocabulary } };
    for (const config of [separate, joint]) {
      const translator = new Translator({ ...ready, config: async () => config }, () => new Child());
      await translator.translate('few-123456', request, limits);
      await translator.stop();
    }
    const tokenizers = { source: 'source.model', target: 'target.model' };
    expect(asked).toEqual([tokenizers, { ...tokenizers, vocabulary: 'vocab.json' }]);
  });

  it('fetches the bundle again when it was replaced meanwhile, but not forever', async () => {
    let mixed = 1;
    const translator = translatorOf({
      config: async () => configOf(1),
      fetch: async () => {
        if (mixed-- > 0) throw new Corrupt('the checksum differs');
        return 'path';
      },
      clear: async () => undefined,
    });
    expect((await translator.translate('few-123456', request, limits)).translations).toHaveLength(2);
    mixed = Infinity;
    await expect(translator.translate('few-123456', request, limits)).rejects.toThrow(Corrupt);
    await translator.stop();
  });

  it('starts no child for a sweep that has no best checkpoint', async () => {
    const translator = translatorOf({
      config: () => Promise.reject(new NotFound('none yet')),
      fetch: async () => 'path',
      clear: async () => undefined,
    });
    await expect(translator.translate('few-123456', request, limits)).rejects.toThrow(NotFound);
    expect(EchoChild.alive).toBe(0);
    await translator.stop();
  });

  it('ends the child after some idle time', async () => {
    const translator = translatorOf(
      { config: async () => configOf(1), fetch: async () => 'path', clear: async () => undefined },
      20,
    );
    await translator.translate('few-123456', request, limits);
    expect(EchoChild.alive).toBe(1);
    await expect.poll(() => EchoChild.alive).toBe(0);
    expect((await translator.translate('few-123456', request, limits)).epoch).toBe(1);
    await translator.stop();
  });

  it('accepts a bounded number of requests, and refuses the others as Unavailable', async () => {
    const child = new HeldChild();
    const translator = new Translator(ready, () => child, { requests: 2 });
    const taken = [1, 2].map(() => translator.translate('few-123456', request, limits));
    await expect(translator.translate('few-123456', request, limits)).rejects.toThrow(Unavailable);
    for (const number of [0, 1]) {
      await vi.waitUntil(() => child.begun.length > number);
      child.begun[number]?.();
    }
    for (const answer of taken) expect((await answer).translations).toHaveLength(2);
    await translator.stop();
  });

  it('counts the time of a request from its arrival, including its wait for others', async () => {
    const child = new HeldChild();
    const translator = new Translator(ready, () => child, { seconds: 0.05 });
    const waiting = [1, 2].map(() => translator.translate('few-123456', request, limits));
    for (const late of waiting) {
      await expect(late).rejects.toThrow(Unavailable);
      await expect(late).rejects.toThrow(/did not end within 0\.05 s/);
    }
    await translator.stop();
  });

  it('accepts the next request at once when the client of a waiting one disconnects', async () => {
    const child = new HeldChild();
    const translator = new Translator(ready, () => child, { requests: 2 });
    const first = translator.translate('few-123456', request, limits);
    await vi.waitUntil(() => child.begun.length === 1);
    const disconnected = new AbortController();
    const second = translator.translate('few-123456', request, limits, disconnected.signal);
    disconnected.abort();
    await expect(second).rejects.toThrow(Cancelled);
    const third = translator.translate('few-123456', request, limits);
    child.begun[0]?.();
    await vi.waitUntil(() => child.begun.length === 2);
    child.begun[1]?.();
    expect((await first).epoch).toBe(1);
    expect((await third).epoch).toBe(1);
    await translator.stop();
  });

  it('asks a new child when the first one was killed', async () => {
    let asked = 0;
    const lost: TranslatingChild = {
      translate: async (translate) => {
        asked += 1;
        if (asked === 1) throw new ChildLost('the tensor process ended in translate (SIGKILL)');
        return new EchoChild().translate(translate);
      },
      stop: async () => undefined,
    };
    const translator = new Translator(ready, () => lost);
    expect((await translator.translate('few-123456', request, limits)).translations).toHaveLength(2);
    expect(asked).toBe(2);
    await translator.stop();
  });
});
