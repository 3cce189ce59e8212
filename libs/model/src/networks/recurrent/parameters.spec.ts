import { describe, expect, it } from 'vitest';
import { Seq2Seq } from '../../seq2seq/seq2seq.ts';
import { tinyNetwork } from '../../seq2seq/tiny-network.fixture.ts';

function valuesOf(settings: Parameters<typeof tinyNetwork>[0]): ReadonlyMap<string, readonly number[]> {
  const network = Seq2Seq.initialise(tinyNetwork(settings), 7);
  const values = network.parameters.map(({ spec, variable }) => [spec.name, [...variable.values()]] as const);
  network.dispose();
  return new Map(values);
}

describe('the first values of a recurrent network', () => {
  it('are the same for every deviation but for the embeddings, which it scales', () => {
    const [standard, small] = [valuesOf({}), valuesOf({ embeddingStd: 0.125 })];
    for (const [name, values] of standard) {
      const factor = name.includes('embedding') ? 0.125 : 1;
      expect(small.get(name), name).toEqual(values.map((value) => value * factor));
    }
  });

  it('are those of the output layer in an embedding that is this layer too, whatever the deviation', () => {
    const tied = { tiedEmbeddings: true, embeddingSize: 4 };
    const name = 'decoder.embedding.weight';
    expect(valuesOf({ ...tied, embeddingStd: 0.1 }).get(name)).toEqual(valuesOf(tied).get(name));
  });
});
