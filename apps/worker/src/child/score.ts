/** Translations of the test set by one checkpoint, with their scores, and its losses where they are asked for. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJson, TranslationList } from '@honyaku/contracts';
import { nativeKernels, tensorflowVersion } from '@honyaku/model';
import type { HandlerContext } from '@honyaku/tensor-process';
import type { z } from 'zod';
import { heldOutLosses } from './held-out-losses.ts';
import { scoredPairs } from './held-out-texts.ts';
import { translateHeldOut } from './held-out-translations.ts';
import type { trialProtocol } from './protocol.ts';
import type { WarmTrial } from './warm-trial.ts';

type Call = (typeof trialProtocol)['score'];

export async function scoreCheckpoint(
  warm: WarmTrial,
  {
    config,
    vocabularySize,
    shards,
    tokenizers,
    targetLanguage,
    model,
    maxTokens,
    longestTarget,
    beam,
    losses,
    folder,
  }: z.output<Call['payload']>,
  { yieldToEventLoop }: HandlerContext<never>,
): Promise<z.output<Call['result']>> {
  const [split, tokenizer] = await Promise.all([warm.heldOutSplit(shards), warm.targetTokenizer(tokenizers)]);
  const started = performance.now();
  const scored = await warm.withNetwork(config, vocabularySize, model, async (network) => {
    const { batchSize } = config.hyperparameters;
    const computed = losses ? await heldOutLosses(network, split, batchSize, yieldToEventLoop) : undefined;
    const { metrics, translations } = await translateHeldOut(
      network,
      split,
      scoredPairs(split, losses),
      { tokenizer, language: targetLanguage },
      { maxTokens, longestTarget, beam },
      yieldToEventLoop,
    );
    return { computed, metrics, translations };
  });
  const path = join(folder, 'translations.json');
  await writeFile(path, toJson(TranslationList, { translations: [...scored.translations] }));
  return {
    scores: scored.metrics,
    ...(scored.computed ? { losses: { ...scored.computed, vocabularySize: vocabularySize.target } } : {}),
    seconds: (performance.now() - started) / 1000,
    translations: path,
    tensorflowVersion,
    ...(nativeKernels === undefined ? {} : { kernels: [nativeKernels] }),
  };
}
