import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Corrupt, installedPaths } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { modelTypes, readModelPieces } from './model-pieces.ts';

/** A model of 300 English sentences with pieces of every type that the trainer makes. */
async function trainedModel(modelType: 'unigram' | 'bpe'): Promise<{ model: Buffer; python: unknown }> {
  const folder = await temporaryFolder();
  const sentences = exampleLines(300).map((line) => line.split('\t')[1] ?? '');
  await writeLines(join(folder, 'text'), sentences);
  const script = `import json, sys, sentencepiece
sentencepiece.SentencePieceTrainer.train(
    input='text', model_prefix='x', vocab_size=320, pad_id=3, minloglevel=2, byte_fallback=True,
    hard_vocab_limit=False, user_defined_symbols=['<u>'], model_type=sys.argv[1])
model = sentencepiece.SentencePieceProcessor(model_file='x.model')
def type_of(id):
    kinds = [(model.is_unknown, 2), (model.is_control, 3), (model.is_unused, 5), (model.is_byte, 6)]
    return next((n for test, n in kinds if test(id)), 4 if model.id_to_piece(id) == '<u>' else 1)
print(json.dumps([{'text': model.id_to_piece(id), 'score': model.get_score(id), 'type': type_of(id)}
    for id in range(len(model))]))`;
  const printed = execFileSync('python3', ['-c', script, modelType], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: installedPaths().sentencepiece, PYTHONIOENCODING: 'utf-8' },
  });
  return { model: await readFile(join(folder, 'x.model')), python: JSON.parse(printed.toString()) };
}

describe('the pieces of a model file', () => {
  it.each(['unigram', 'bpe'] as const)('are those of the Python package: %s', async (modelType) => {
    const { model, python } = await trainedModel(modelType);
    const read = readModelPieces(model, 'x.model');
    expect(read.pieces).toEqual(python);
    expect(new Set(read.pieces.map(({ type }) => type))).toEqual(new Set([1, 2, 3, 4, 6]));
    expect(read.modelType).toBe(modelType === 'bpe' ? modelTypes.BPE : modelTypes.unigram);
  });

  it('of a file that is cut off or garbled are corrupt', async () => {
    const { model } = await trainedModel('unigram');
    for (const bytes of [
      model.subarray(0, model.length - 7),
      Buffer.alloc(0),
      Buffer.from('no model at all'),
      Buffer.from([0x0a, 0x05, 0x0a, 0x09, 0x61, 0x62, 0x63]),
      Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0xff]),
      Buffer.from([0x0a, 0x02, 0x08, 0x01]),
      Buffer.from([0x0a, 0x08, 0x0a, 0x01, 0x61, 0x15, 0x00, 0x00, 0xc0, 0x7f]),
      Buffer.alloc(20, 0xff),
    ])
      expect(() => readModelPieces(bytes, 'x.model')).toThrow(Corrupt);
  });

  it('of any damaged byte are pieces or corrupt, nothing else', async () => {
    const { model } = await trainedModel('unigram');
    // Pieces and the trainer's settings come first; the tables for normalisation behind them are passed over.
    for (let at = 0; at < 9000; at += 5) {
      const damaged = Buffer.from(model);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        readModelPieces(damaged, 'x.model');
      } catch (error) {
        expect(error).toBeInstanceOf(Corrupt);
      }
    }
  });
});
