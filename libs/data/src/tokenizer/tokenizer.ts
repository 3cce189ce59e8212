/** Text to token ids and back, by a SentencePiece model in WebAssembly. */
import { readFile } from 'node:fs/promises';
import { Bug, Corrupt, messageOf, specialTokens } from '@honyaku/contracts';
import { SentencePieceProcessor } from 'sentencepiece-js';
import { readModelPieces } from './model-pieces.ts';

export interface Tokenizer {
  /** Pieces in the vocabulary; ids are below it. */
  readonly size: number;
  /** Ids of the text without bos and eos; empty text has none. */
  readonly encode: (text: string) => number[];
  /** Text of the ids; special tokens (all but unk) are passed over. */
  readonly decode: (ids: readonly number[]) => string;
}

/**
 * Opens a model that `buildDataset` trained. Any number of tokenizers may be open at once.
 * @throws Corrupt when the file is absent or not a whole SentencePiece model.
 */
export async function openTokenizer(modelPath: string): Promise<Tokenizer> {
  const model = await readFile(modelPath).catch((cause: unknown) => {
    throw new Corrupt(`${modelPath}: cannot be read (${messageOf(cause)})`, { cause });
  });
  const size = readModelPieces(model, modelPath).pieces.length;
  const processor = await loadQuietly(modelPath);
  return {
    size,
    encode: (text) => processor.encodeIds(text.replace(loneSurrogate, '\uFFFD')),
    decode: (ids) => {
      const outside = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= size);
      if (outside !== undefined) throw new Bug(`token id ${outside} is not in a vocabulary of ${size}`);
      return processor.decodeIds(ids.filter((id) => !silent.has(id)));
    },
  };
}

/** Half a UTF-16 pair has no UTF-8 form; clients can send one in JSON. */
const loneSurrogate = /\p{Surrogate}/gu;

const silent: ReadonlySet<number> = new Set([specialTokens.bos, specialTokens.eos, specialTokens.pad]);

/**
 * The package's WebAssembly loader puts listeners on the process that rethrow every uncaught error, which
 * would take the program's own handling away. They are known by their source and taken off again.
 */
async function loadQuietly(modelPath: string): Promise<SentencePieceProcessor> {
  const processor = new SentencePieceProcessor();
  await processor.load(modelPath);
  for (const listener of process.listeners('uncaughtException'))
    if (String(listener) === 'function(ex){if(!(ex instanceof ExitStatus)){throw ex}}')
      process.off('uncaughtException', listener);
  for (const listener of process.listeners('unhandledRejection'))
    if (String(listener) === 'function(reason){throw reason}') process.off('unhandledRejection', listener);
  return processor;
}
