/** The process that translates; it keeps the last bundle in memory. */
import { serve } from '@honyaku/tensor-process';
import { LoadedBundle } from './loaded-bundle.ts';
import { translatorProtocol } from './requests.ts';

/** Between them the process hears that nobody waits any more. */
const sentencesAtOnce = 16;

let loaded: { readonly model: string; readonly bundle: LoadedBundle } | undefined;

serve(translatorProtocol, {
  translate: async ({ bundle, request, maxTokens }, { yieldToEventLoop }) => {
    if (loaded?.model !== bundle.model) {
      loaded?.bundle.dispose();
      loaded = undefined;
      loaded = { model: bundle.model, bundle: await LoadedBundle.load(bundle) };
    }
    // What is drawn for a sentence hangs on those beside it.
    const atOnce = request.sample ? request.sentences.length : sentencesAtOnce;
    const outputs = [];
    for (let first = 0; first < request.sentences.length; first += atOnce) {
      await yieldToEventLoop();
      const sentences = request.sentences.slice(first, first + atOnce);
      outputs.push(...loaded.bundle.translate({ ...request, sentences }, maxTokens));
    }
    return { outputs };
  },
});
