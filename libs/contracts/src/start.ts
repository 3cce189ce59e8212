/**
 * The model that a sweep's trials start from in place of initial weights. The client reads and checks what a sweep file
 * names, and uploads it once under its digest; its tokenizers encode the dataset, and its network is the trials'.
 */
import { z } from 'zod';
import { Architecture } from './architecture.ts';
import { vocabularyKinds } from './dataset.ts';
import { Sha256, digestOf } from './digest.ts';
import { TrialId } from './identifiers.ts';

const path = z.string().min(1);

/** What a sweep file starts from; paths are relative to that file. */
export const StartSource = z.union([
  z.strictObject({ digest: Sha256 }),
  /** A trial of an earlier sweep; by default after the epoch with its lowest held-out perplexity. */
  z.strictObject({ trial: TrialId, epoch: z.int().min(1).optional() }),
  /** A folder that `honyaku best --output` wrote. */
  z.strictObject({ bundle: path }),
  /** A folder in the form of OPUS-MT's models, as Hugging Face's transformers has them. */
  z.strictObject({ marian: path }),
]);
export type StartSource = z.output<typeof StartSource>;

/** Whose bytes are stored under their sha256, so that models with the same tokenizers share them. */
export const StartFile = z.strictObject({ bytes: z.int().min(0), sha256: Sha256 });
export type StartFile = z.output<typeof StartFile>;

const size = z.int().min(1).max(65_535);
const sizes = z.strictObject({ source: size, target: size });

/** A model as a client describes it. */
export const StartModel = z.strictObject({
  /** Where it came from, for people. */
  name: z.string().min(1).max(500),
  architecture: Architecture,
  /** Tokens in the network's vocabularies. */
  vocabularySize: sizes,
  /** Settings of a dataset that is encoded with its tokenizers. */
  dataset: z.strictObject({ vocabulary: z.enum(vocabularyKinds), vocabularySize: sizes }),
  files: z.strictObject({
    model: StartFile,
    source: StartFile,
    target: StartFile,
    /** The joint vocabulary; absent where they are separate. */
    vocabulary: StartFile.exactOptional(),
  }),
});
export type StartModel = z.output<typeof StartModel>;

/** `starts/<digest>/start.json`, the commit point of a stored model. */
export const StartRecord = StartModel.extend({ digest: Sha256 });
export type StartRecord = z.output<typeof StartRecord>;

/** The model with its digest: of all but its name. */
export function startRecordOf(model: StartModel): StartRecord {
  const { name, ...content } = model;
  return { ...model, digest: digestOf({ format: 1, ...content }) };
}
