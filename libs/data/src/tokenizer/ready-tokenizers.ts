/** Tokenizers that were trained elsewhere, with which a dataset may be encoded. */
import { readFile } from 'node:fs/promises';
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { JointVocabulary, type TokenizerFiles } from './joint-vocabulary.ts';
import { type ModelPieces, pieceTypes, readModelPieces } from './model-pieces.ts';
import { openEncoders } from './unigram-encoder.ts';

export interface ReadyTokenizers {
  /** Pieces of each model, those too that a joint vocabulary lacks. */
  readonly pieces: { readonly source: number; readonly target: number };
  /** Token ids of each side are below it. */
  readonly vocabularySize: { readonly source: number; readonly target: number };
}

/** Marian's vocabularies lack pieces that its training data did not have; those of another model lack far more. */
const largestMissingShare = 0.2;

/**
 * Checks that the tokenizers can encode, by the vocabulary if there is one.
 * @throws InvalidInput when they are of another kind than those trained here, or do not fit the vocabulary; Corrupt when a
 *   file cannot be read
 */
export async function checkTokenizers(files: TokenizerFiles): Promise<ReadyTokenizers> {
  const { source, target } = await openEncoders(files);
  const piecesOf = async (path: string) => readModelPieces(await readFile(path), path);
  const models = [
    { path: files.source, model: await piecesOf(files.source) },
    { path: files.target, model: await piecesOf(files.target) },
  ] as const;
  if (files.vocabulary === undefined) for (const { path, model } of models) requireSpecialTokens(model, path);
  else {
    const joint = await JointVocabulary.open(files.vocabulary);
    for (const { path, model } of models) requireFit(joint, model, { path, vocabulary: files.vocabulary });
  }
  const [sourceModel, targetModel] = models;
  return {
    pieces: { source: sourceModel.model.pieces.length, target: targetModel.model.pieces.length },
    vocabularySize: { source: source.size, target: target.size },
  };
}

function requireFit(
  joint: JointVocabulary,
  model: ModelPieces,
  { path, vocabulary }: { readonly path: string; readonly vocabulary: string },
): void {
  const normal = model.pieces.filter(({ type }) => type === pieceTypes.normal);
  const missing = normal.filter(({ text }) => joint.idOf(text) === specialTokens.unk);
  if (missing.length <= largestMissingShare * normal.length) return;
  throw new InvalidInput(
    `${vocabulary} does not fit ${path}: it lacks ${missing.length} of ${normal.length} pieces, such as ${missing[0]?.text}`,
  );
}

/** In the order that ids of separate vocabularies have here. */
const specials = Object.entries({ '<unk>': 'unk', '<s>': 'bos', '</s>': 'eos', '<pad>': 'pad' } as const);

function requireSpecialTokens({ pieces }: ModelPieces, path: string): void {
  for (const [text, name] of specials)
    if (pieces[specialTokens[name]]?.text !== text)
      throw new InvalidInput(
        `${path}: the piece ${specialTokens[name]} is ${pieces[specialTokens[name]]?.text}; it must be ${text}, as in ` +
          'the models that are trained here',
      );
}
