/** Held-out metrics and translations of one checkpoint, or of its mean with earlier ones. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { epochsToAverage, toJson, TranslationList } from '@honyaku/contracts';
import { nativeKernels, networkOf, Seq2Seq, tensorflowVersion } from '@honyaku/model';
import type { HandlerContext } from '@honyaku/tensor-process';
import type { z } from 'zod';
import { heldOutLosses, type Losses } from './held-out-losses.ts';
import { firstPairs, sampledPairs } from './held-out-texts.ts';
import { translateHeldOut } from './held-out-translations.ts';
import type { trialProtocol } from './protocol.ts';
import type { WarmTrial } from './warm-trial.ts';

type Call = (typeof trialProtocol)['evaluate'];
const sampleCount = 5;

export async function evaluateCheckpoint(
  warm: WarmTrial,
  payload: z.output<Call['payload']>,
  { yieldToEventLoop }: HandlerContext<never>,
): Promise<z.output<Call['result']>> {
  const { config, vocabularySize, shards, tokenizers, targetLanguage, model, epoch, sentences } = payload;
  const { maxTokens, longestTarget } = payload;
  const [split, tokenizer] = await Promise.all([warm.heldOutSplit(shards), warm.targetTokenizer(tokenizers)]);
  const pairs = sentences === undefined ? firstPairs(split) : sampledPairs(split, sentences);
  const started = performance.now();
  const lossesOf = (network: Seq2Seq) =>
    heldOutLosses(network, split, config.hyperparameters.batchSize, yieldToEventLoop);
  const resultOf = async (network: Seq2Seq, losses: Losses) => {
    const { metrics, translations } = await translateHeldOut(
      network,
      split,
      pairs,
      { tokenizer, language: targetLanguage },
      { maxTokens, longestTarget },
      yieldToEventLoop,
    );
    const path = join(payload.folder, 'translations.json');
    await writeFile(path, toJson(TranslationList, { translations: [...translations] }));
    return {
      metrics: {
        ...losses,
        vocabularySize: vocabularySize.target,
        translations: metrics,
        seconds: (performance.now() - started) / 1000,
      },
      samples: translations.slice(0, sampleCount),
      translations: path,
      tensorflowVersion,
      ...(nativeKernels === undefined ? {} : { kernels: [nativeKernels] }),
    };
  };
  return warm.withNetwork(config, vocabularySize, model, async (network) => {
    const ownLosses = await lossesOf(network);
    const { perplexity: ownPerplexity } = ownLosses;
    const evaluated = [...payload.earlier, { epoch, ownPerplexity, model: model.path }];
    const chosen = epochsToAverage(evaluated, config.hyperparameters);
    if (chosen.every((each) => each.epoch === epoch))
      return { ...(await resultOf(network, ownLosses)), ownPerplexity };
    const paths = chosen.map((each) => each.model);
    const mean = await Seq2Seq.loadMean(paths, networkOf(config, vocabularySize));
    try {
      const path = join(payload.folder, 'average.safetensors');
      await mean.save(path);
      const result = await resultOf(mean, await lossesOf(mean));
      const epochs = chosen.map((each) => each.epoch);
      return { ...result, ownPerplexity, average: { epochs, path } };
    } finally {
      mean.dispose();
    }
  });
}
