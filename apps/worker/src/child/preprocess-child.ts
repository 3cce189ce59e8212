/** The process that makes datasets; encoding is synchronous too. */
import { buildDataset } from '@honyaku/data';
import { serve } from '@honyaku/tensor-process';
import { preprocessProtocol } from './protocol.ts';

serve(preprocessProtocol, {
  preprocess: (payload, { progress, signal }) => buildDataset({ ...payload, onProgress: progress, signal }),
});
