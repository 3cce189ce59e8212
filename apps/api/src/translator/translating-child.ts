/** The translating process as the API holds it. */
import { TensorProcess } from '@honyaku/tensor-process';
import { translatorProtocol } from './requests.ts';
import { type TranslatingChild } from './translator.ts';

/** They change results, so that none is left to the machine. */
const environment = {
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_NUM_INTRAOP_THREADS: '2',
  TF_ENABLE_ONEDNN_OPTS: '1',
  // GPUs are the workers': one process without a limit takes all memory of one.
  CUDA_VISIBLE_DEVICES: '-1',
};

/** The process starts with the first request. */
export function startTranslatingChild(): TranslatingChild {
  const child = new TensorProcess(translatorProtocol, new URL('./child.ts', import.meta.url));
  return {
    translate: (translate, signal) =>
      child.request('translate', translate, { environment, ...(signal ? { signal } : {}) }),
    stop: () => child.stop(),
  };
}
