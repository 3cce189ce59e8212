/** Text to token ids, and back: by SentencePiece in WebAssembly, but for a joint vocabulary. */
import { Bug, specialTokens } from '@honyaku/contracts';
import { SentencePieceProcessor } from 'sentencepiece-js';
import { JointVocabulary, type TokenizerFiles } from './joint-vocabulary.ts';
import { type OpenEncoder, openEncoder } from './unigram-encoder.ts';

export interface Tokenizer extends OpenEncoder {
  /** Text of the ids; special tokens (all but unk) are passed over. */
  readonly decode: (ids: readonly number[]) => string;
}

/** Opens the tokenizers of both sides. @throws what `openEncoder` throws */
export async function openTokenizers({
  source,
  target,
  vocabulary,
}: TokenizerFiles): Promise<{ readonly source: Tokenizer; readonly target: Tokenizer }> {
  const opened = [openTokenizer(source, vocabulary), openTokenizer(target, vocabulary)] as const;
  const [openSource, openTarget] = await Promise.all(opened);
  return { source: openSource, target: openTarget };
}

/**
 * Opens a model that `buildDataset` trained. Any number of tokenizers may be open at once.
 * @param vocabulary the file of a joint vocabulary, whose ids then take the place of the model's
 * @throws what `openEncoder` throws
 */
export async function openTokenizer(modelPath: string, vocabulary?: string): Promise<Tokenizer> {
  const { encode, size } = await openEncoder(modelPath, vocabulary);
  if (vocabulary !== undefined) {
    const joint = await JointVocabulary.open(vocabulary);
    return { size, encode, decode: (ids) => joint.decode(ids) };
  }
  const processor = await loadQuietly(modelPath);
  return {
    size,
    encode,
    decode: (ids) => {
      const outside = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= size);
      if (outside !== undefined) throw new Bug(`token id ${outside} is not in a vocabulary of ${size}`);
      return processor.decodeIds(ids.filter((id) => !silent.has(id)));
    },
  };
}

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
