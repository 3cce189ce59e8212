/** Entry point of the translating child process, which keeps the last bundle in memory. */
import { serve } from '@honyaku/tensor-process';
import { LoadedBundle } from './loaded-bundle.ts';
import { translatorProtocol } from './translating-child.ts';

/** Between batches the process can receive the cancellation of the request. */
const batchSentences = 16;

let loaded: { readonly model: string; readonly bundle: LoadedBundle } | undefined;

serve(translatorProtocol, {
  translate: async ({ bundle, request, limits }, { yieldToEventLoop }) => {
    if (loaded?.model !== bundle.model) {
      loaded?.bundle.dispose();
      loaded = undefined;
      loaded = { model: bundle.model, bundle: await LoadedBundle.load(bundle) };
    }
    // Samples depend on the other sentences of the batch, so sampling must not split the request.
    const batch = request.sample ? request.sentences.length : batchSentences;
    const outputs = [];
    for (let first = 0; first < request.sentences.length; first += batch) {
      await yieldToEventLoop();
      const sentences = request.sentences.slice(first, first + batch);
      outputs.push(...loaded.bundle.translate({ ...request, sentences }, limits));
    }
    return { outputs };
  },
});
