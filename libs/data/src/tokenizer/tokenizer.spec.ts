import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildLost, Corrupt, InvalidInput, Unavailable, installedPaths } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { openTokenizer } from './tokenizer.ts';
import { type SentencePieceTraining, refusal, trainSentencePiece } from './train-sentencepiece.ts';

const pythonPath = installedPaths().sentencepiece;

async function exampleTraining(side: 'source' | 'target'): Promise<SentencePieceTraining> {
  const folder = await temporaryFolder();
  const column = side === 'source' ? 0 : 1;
  const sentences = exampleLines(300).map((line) => line.split('\t')[column] ?? '');
  await writeLines(join(folder, `${side}.txt`), sentences);
  return { side, vocabularySize: 48, folder, pythonPath };
}

describe('a tokenizer', () => {
  it('gives the ids of the Python package, two of them side by side', async () => {
    for (const side of ['source', 'target'] as const) {
      const training = await exampleTraining(side);
      await trainSentencePiece(training);
      const text = join(training.folder, `${side}.txt`);
      const model = join(training.folder, `${side}.model`);
      const script = `import json, sys, sentencepiece
model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
print(json.dumps([model.encode(line.rstrip('\\n')) for line in open(sys.argv[2], encoding='utf-8')]))`;
      const python: unknown = JSON.parse(
        execFileSync('python3', ['-c', script, model, text], {
          env: { ...process.env, PYTHONPATH: pythonPath },
        }).toString(),
      );
      const [one, other] = await Promise.all([openTokenizer(model), openTokenizer(model)]);
      const sentences = (await readFile(text, 'utf8')).trimEnd().split('\n');
      expect(sentences.map((sentence) => one.encode(sentence))).toEqual(python);
      expect(sentences.map((sentence) => other.decode(one.encode(sentence)))).toEqual(sentences);
    }
  });

  it('knows its size, encodes empty text to nothing and unknown text to unk, and passes over specials', async () => {
    const training = await exampleTraining('target');
    await trainSentencePiece(training);
    const tokenizer = await openTokenizer(join(training.folder, 'target.model'));
    expect(tokenizer.size).toBe(48);
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.encode('  ')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.encode('龍')).toContain(0);
    expect(tokenizer.encode('half a pair: \uD83D')).toContain(0);
    expect(tokenizer.decode([1, ...tokenizer.encode('I saw fish.'), 2, 3, 3])).toBe('I saw fish.');
    expect(() => tokenizer.decode([48])).toThrow(/token id 48 is not in a vocabulary of 48/);
  });

  it('leaves the handling of uncaught errors to the program', async () => {
    const training = await exampleTraining('target');
    await trainSentencePiece(training);
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    await openTokenizer(join(training.folder, 'target.model'));
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(
      before,
    );
  });

  it('of a model that is truncated, garbage or absent is corrupt', async () => {
    const training = await exampleTraining('target');
    await trainSentencePiece(training);
    const path = join(training.folder, 'target.model');
    const model = await readFile(path);
    for (const bytes of [
      model.subarray(0, model.length - 7),
      Buffer.alloc(0),
      Buffer.from('no model at all'),
    ]) {
      await writeFile(path, bytes);
      await expect(openTokenizer(path)).rejects.toThrow(Corrupt);
    }
    await expect(openTokenizer(join(training.folder, 'absent.model'))).rejects.toThrow(Corrupt);
  });
});

describe('the training of a tokenizer', () => {
  it('without Python says how to get it', async () => {
    const training = trainSentencePiece({ ...(await exampleTraining('source')), python: 'no-such-python' });
    await expect(training).rejects.toThrow(Unavailable);
    await expect(training).rejects.toThrow(/apt-get install python3/);
  });

  it('ends at its time limit', async () => {
    const training = trainSentencePiece({ ...(await exampleTraining('source')), timeLimit: 0.001 });
    await expect(training).rejects.toThrow(/longer than 0.001 seconds/);
    // Anywhere else it would take as long.
    await expect(training).rejects.toThrow(InvalidInput);
  });

  it('that is killed is lost, and nothing is away', async () => {
    const training = await exampleTraining('source');
    const python = join(training.folder, 'fake-python');
    await writeFile(python, '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
    const killed = trainSentencePiece({ ...training, python });
    await expect(killed).rejects.toThrow(ChildLost);
    await expect(killed).rejects.toThrow('training of the source tokenizer ended with SIGKILL');
  });

  it('passes on an error of SentencePiece that has no words of ours', async () => {
    const error = refusal('source', 99, 'Internal: something [!sentences_.empty()]');
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error.message).toMatch(/vocabularySize\.source: 99: .*something \[!sentences_\.empty\(\)\]/);
  });
});
