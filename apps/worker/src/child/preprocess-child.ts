/** The process that builds datasets, since encoding blocks the event loop. */
import { join } from 'node:path';
import { buildDataset, openSplit } from '@honyaku/data';
import { bleuTokenizationFor } from '@honyaku/metrics';
import { serve } from '@honyaku/tensor-process';
import { firstPairs, textOf } from './held-out-texts.ts';
import { preprocessProtocol } from './protocol.ts';

serve(preprocessProtocol, {
  preprocess: async ({ targetLanguage, ...build }, { progress, signal }) => {
    const { findings, ...dataset } = await buildDataset({ ...build, onProgress: progress, signal });
    const heldOut = await openSplit(dataset.shards.test.map(({ key }) => join(build.folder, key)));
    const references = firstPairs(heldOut).map((index) => textOf(heldOut, index).target);
    const bleuTokenization = bleuTokenizationFor(targetLanguage, references);
    return { dataset, findings: { ...findings, bleuTokenization } };
  },
});
