/** A bundle's network and tokenizers, in this process. */
import { join } from 'node:path';
import { openTokenizers } from '@honyaku/data';
import { networkOf, Seq2Seq } from '@honyaku/model';
import { type TrainedModel } from './platform.ts';

/** The caller disposes the network. */
export async function openBundle({ config, bundle }: Pick<TrainedModel, 'config' | 'bundle'>) {
  const { model, source, target, vocabulary } = config.files;
  const tokenizers = await openTokenizers({
    source: join(bundle, source.key),
    target: join(bundle, target.key),
    vocabulary: vocabulary && join(bundle, vocabulary.key),
  });
  const network = await Seq2Seq.load(join(bundle, model.key), networkOf(config, config.vocabularySize));
  /** From our ids to Marian's. */
  const { rowOf = (id: number) => id } = network.architecture.output;
  return { tokenizers, network, rowOf };
}
