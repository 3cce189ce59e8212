import { type Split, type Tokenizer } from '@honyaku/data';
import { beamSearch, Seq2Seq, networkOf } from '@honyaku/model';
import { Hyperparameters } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldOutDecoding, translateHeldOut } from './held-out-translations.ts';

const size = 12;
const letters = 'abcdefghijkl';
/** One token per letter. */
const tokenizer: Tokenizer = {
  size,
  encode: (text) => Array.from(text, (letter) => letters.indexOf(letter)),
  decode: (ids) => ids.map((id) => letters[id]).join(''),
};

function splitOf(targets: readonly string[]): Split {
  return {
    length: targets.length,
    pair: () => ({ source: Uint16Array.of(5, 6, 2), target: Uint16Array.of(1, 7, 8, 2) }),
    text: (index) => ({ source: 'fg', target: targets[index] ?? '' }),
  };
}

describe('translations of held-out sentences', () => {
  let network: Seq2Seq;
  beforeAll(() => {
    const settings = Hyperparameters.parse({ embeddingSize: 8, hiddenSize: 8 });
    network = Seq2Seq.initialise(networkOf({ hyperparameters: settings }, { source: size, target: size }), 1);
  });
  afterAll(() => network?.dispose());

  const translated = (targets: readonly string[], language = 'en', decoding: Partial<HeldOutDecoding> = {}) =>
    translateHeldOut(
      network,
      splitOf(targets),
      targets.map((_, index) => index),
      { tokenizer, language },
      { longestTarget: 60, ...decoding },
      () => Promise.resolve(),
    );

  it('are counted as truncated at the 100 tokens of the notebook', async () => {
    const { metrics, translations } = await translated(['hi', 'hi there']);
    // Untrained weights never produce the end token.
    expect(translations.map(({ output }) => output.length)).toEqual([100, 100]);
    expect(metrics).toMatchObject({ sentences: 2, truncated: 2 });
    expect(metrics).not.toHaveProperty('beam');
  });

  it.each([
    ['that follows the source, of two tokens here', { perSourceToken: 2, plus: 50 }, 54],
    ['that the longest target ends', { perSourceToken: 2, plus: 70 }, 60],
    ['that is a number, whatever the targets were', 70, 70],
  ])('are cut at a limit %s', async (_, maxTokens, length) => {
    for (const beam of [undefined, { size: 3, lengthPenalty: 0 }]) {
      const { metrics, translations } = await translated(['hi'], 'en', { maxTokens, beam });
      expect(translations.map(({ output }) => output.length)).toEqual([length]);
      expect(metrics.truncated).toBe(1);
    }
  });

  it('are those of a beam search where there is one, which the metrics name', async () => {
    const beam = { size: 4, lengthPenalty: 0.6 };
    const { metrics, translations } = await translated(['hi', 'hi there'], 'en', { maxTokens: 5, beam });
    const options = { beamSize: 4, lengthPenalty: 0.6, maxTokens: 5 };
    const [[best] = []] = beamSearch(network, [[5, 6, 2]], options);
    expect(metrics.beam).toEqual(beam);
    expect(translations.map(({ output }) => output)).toEqual(
      Array.from({ length: 2 }, () => tokenizer.decode(best?.ids ?? [])),
    );
  });

  it('are scored with the tokenization of their language or, if it is unknown, of their script', async () => {
    const signature = async (target: string, language: string) =>
      (await translated([target], language)).metrics.bleu.signature;
    expect(await signature('hi', 'en')).toContain('tok:13a');
    expect(await signature('猫です。', 'ja')).toContain('tok:char');
    expect(await signature('猫です。', 'und')).toContain('tok:char');
    expect(await signature('hi', 'und')).toContain('tok:13a');
  });
});
