/** The process that builds datasets, since encoding blocks the event loop. */
import { join } from 'node:path';
import { cleaningOf } from '@honyaku/contracts';
import { buildDataset, openSplit } from '@honyaku/data';
import { bleuTokenizationFor } from '@honyaku/metrics';
import { serve } from '@honyaku/tensor-process';
import { firstPairs, textOf } from './held-out-texts.ts';
import { lookUpScores } from './look-up-scores.ts';
import { preprocessProtocol } from './protocol.ts';

serve(preprocessProtocol, {
  preprocess: async (build, { progress, signal, yieldToEventLoop }) => {
    const { findings, ...dataset } = await buildDataset({ ...build, onProgress: progress, signal });
    const { train, dev, test } = dataset.shards;
    const pathsOf = (shards: typeof test) => shards.map(({ key }) => join(build.folder, key));
    const heldOut = await openSplit(pathsOf(test));
    const references = firstPairs(heldOut).map((index) => textOf(heldOut, index).target);
    const bleuTokenization = bleuTokenizationFor(build.languages.target, references);
    const lookUp = await lookUpScores(
      { ...(dev ? { dev: pathsOf(dev) } : {}), test: pathsOf(test) },
      bleuTokenization,
      {
        corpusFile: build.corpusFile,
        withoutControl: cleaningOf(build.settings)?.control ?? false,
        trainShards: pathsOf(train),
        turn: async (share) => {
          progress({ stage: 'look-up', share });
          await yieldToEventLoop();
        },
      },
    );
    return { dataset, findings: { ...findings, bleuTokenization, lookUp } };
  },
});
