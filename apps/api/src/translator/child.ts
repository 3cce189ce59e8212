/** The process that translates; it keeps the last bundle in memory. */
import { serve } from '@honyaku/tensor-process';
import { LoadedBundle } from './loaded-bundle.ts';
import { translatorProtocol } from './requests.ts';

let loaded: { readonly model: string; readonly bundle: LoadedBundle } | undefined;

serve(translatorProtocol, {
  translate: async ({ bundle, request, maxTokens }) => {
    if (loaded?.model !== bundle.model) {
      loaded?.bundle.dispose();
      loaded = undefined;
      loaded = { model: bundle.model, bundle: await LoadedBundle.load(bundle) };
    }
    return { outputs: loaded.bundle.translate(request, maxTokens) };
  },
});
