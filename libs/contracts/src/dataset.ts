/** A corpus (sentence pairs as text) and the dataset made of it (tokenizers and token shards). */
import { z } from 'zod';
import { Sha256 } from './digest.ts';

const path = z.string().min(1);
/** Code of ISO 639 for a language that nobody has named. */
export const unknownLanguage = 'und';

const language = z.string().regex(/^[a-z]{2,3}$/, 'use a language code such as ja or en');

/** Of either side; what is left out is guessed from a file's ending, such as `.ja`, and else unknown. */
const languages = { sourceLanguage: language.optional(), targetLanguage: language.optional() };

/** Where the sentence pairs of a sweep file come from; paths are relative to that file. */
export const CorpusSource = z.union([
  z.strictObject({ digest: Sha256, ...languages }),
  z.discriminatedUnion('kind', [
    /** Two text files, a sentence a line; line n of one translates line n of the other. */
    z.strictObject({
      kind: z.literal('parallel'),
      source: path,
      target: path,
      licence: z.string().optional(),
      ...languages,
    }),
    /** One text file with tabs; columns count from 0. */
    z.strictObject({
      kind: z.literal('tsv'),
      path,
      sourceColumn: z.int().min(0).default(0),
      targetColumn: z.int().min(0).default(1),
      /**
       * `csv`: a sentence in double quotes is without them, as spreadsheets write it; `none`: quotes are text. Left
       * out, quotes are text, and a file that looks like `csv` is refused.
       */
      quotes: z.enum(['csv', 'none']).optional(),
      licence: z.string().optional(),
      ...languages,
    }),
    /** IWSLT2017 as published: a folder or a zip with train.tags.ja-en.ja and .en (CC BY-NC-ND). */
    z.strictObject({ kind: z.literal('iwslt2017'), path }),
    /** Japanese–English pairs of Tatoeba (CC BY 2.0 FR), fetched at set-up. */
    z.strictObject({ kind: z.literal('tatoeba') }),
  ]),
]);
export type CorpusSource = z.output<typeof CorpusSource>;

/** What is known of a stored corpus; `corpora/<digest>/corpus.json`, its commit point. The digest is that of the pairs file. */
export const CorpusRecord = z.strictObject({
  digest: Sha256,
  /** Object key, relative to the corpus's folder, of a UTF-8 file: one pair a line, source TAB target. */
  file: z.string(),
  bytes: z.int().min(0),
  pairs: z.int().min(1),
  /** `und` where nobody has named it; version 0.1.0 gave every corpus `ja` and `en`. */
  sourceLanguage: language,
  targetLanguage: language,
  name: z.string(),
  licence: z.string(),
});
export type CorpusRecord = z.output<typeof CorpusRecord>;

/** What turns a corpus into a dataset. */
export const DatasetSettings = z.strictObject({
  /** Pieces in each vocabulary; token ids are stored as 16-bit numbers. */
  vocabularySize: z
    .strictObject({
      source: z.int().min(8).max(65_535).default(8000),
      target: z.int().min(8).max(65_535).default(8000),
    })
    .prefault({}),
  /** Pairs taken from the corpus after shuffling by `seed`; all when left out. */
  maxPairs: z.int().min(10).optional(),
  testFraction: z.number().gt(0).lt(1).default(0.2),
  /** Pairs with a longer side, in tokens, are left out and counted. */
  maxTokens: z.int().min(4).max(4096).default(512),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  /** Of the sides, where they are others than those that the corpus was stored with. */
  languages: z.strictObject({ source: language, target: language }).optional(),
});
export type DatasetSettings = z.output<typeof DatasetSettings>;

/** A stored file: key relative to the folder of the record that names it. */
export const StoredFile = z.strictObject({ key: z.string().min(1), bytes: z.int().min(0), sha256: Sha256 });
export type StoredFile = z.output<typeof StoredFile>;

const Shard = StoredFile.extend({
  pairs: z.int().min(0),
  sourceTokens: z.int().min(0),
  targetTokens: z.int().min(0),
});

/** `datasets/<digest>/manifest.json`, the commit point of a preprocess job. */
export const DatasetManifest = z.strictObject({
  version: z.literal(1),
  digest: Sha256,
  corpus: CorpusRecord,
  settings: DatasetSettings,
  tokenizers: z.strictObject({ source: StoredFile, target: StoredFile }),
  vocabularySize: z.strictObject({ source: z.int(), target: z.int() }),
  shards: z.strictObject({ train: z.array(Shard).min(1), test: z.array(Shard).min(1) }),
  /** Pairs of the corpus that were left out, by reason. */
  skipped: z.strictObject({ tooLong: z.int().min(0) }),
});
export type DatasetManifest = z.output<typeof DatasetManifest>;

const count = z.int().min(0);

/** `datasets/<digest>/report.json`: what a person should know of a dataset; those of version 0.1.0 have none. */
export const DatasetReport = z.strictObject({
  sourceLanguage: language,
  targetLanguage: language,
  /** Of the BLEU of held-out translations, as sacreBLEU names it. */
  bleuTokenization: z.string(),
  pairs: z.strictObject({ train: count, test: count }),
  /** Pairs of the corpus that were left out: with a side of more than `maxTokens`, or of which nothing can be seen. */
  skipped: z.strictObject({ tooLong: count, invisible: count }),
  /** Of the test pairs, those of which the pair, the source or the target is in training too. */
  overlap: z.strictObject({ pairs: count, sources: count, targets: count }),
  /** Sentences that are too long for the training of the tokenizer of their side; they are trained on all the same. */
  outsideTokenizers: z.strictObject({ source: count, target: count }),
});
export type DatasetReport = z.output<typeof DatasetReport>;
