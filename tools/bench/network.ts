import { type NetworkShape, notebookParts } from '@honyaku/model';
import { setting } from './setting.ts';

/** The notebook's network in the size that is measured. */
export function benchShape(vocabulary: { readonly source: number; readonly target: number }): NetworkShape {
  return {
    ...notebookParts,
    sourceVocabulary: vocabulary.source,
    targetVocabulary: vocabulary.target,
    embeddingSize: setting.embeddingSize,
    hiddenSize: setting.hiddenSize,
    topState: 'zero',
  };
}
