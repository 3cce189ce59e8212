/** A corpus (sentence pairs as text) and the dataset that is built from it (tokenizers and token shards). */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { CleaningReport, CleaningSettings } from './cleaning.ts';
import { Sha256 } from './digest.ts';
import { Language } from './language.ts';

const path = z.string().min(1);
/** One file or several, read one after the other. Packed ones (gzip, xz, zstd, a zip of one text) are known by content. */
const paths = z.union([path, z.array(path).min(1).max(1_000)]);

/** Languages of both sides. A missing one is inferred from the file's extension, such as `.ja`; otherwise it is unknown. */
const languages = { sourceLanguage: Language.optional(), targetLanguage: Language.optional() };

/** Languages of Tatoeba that set-up can fetch, in the order of their columns. */
export const tatoebaLanguages = ['ja', 'en', 'de', 'fr', 'es'] as const;

/** Where the sentence pairs of a sweep file come from; paths are relative to that file. */
export const CorpusSource = z.union([
  z.strictObject({ digest: Sha256, ...languages }),
  z.discriminatedUnion('kind', [
    /** Text files with one sentence per line; line n of a source file is translated by line n of its target file. */
    z
      .strictObject({
        kind: z.literal('parallel'),
        source: paths,
        target: paths,
        licence: z.string().optional(),
        ...languages,
      })
      .refine(({ source, target }) => [source].flat().length === [target].flat().length, {
        path: ['target'],
        error: 'must name as many files as source',
      }),
    /** Tab-separated text; columns are numbered from 0. */
    z
      .strictObject({
        kind: z.literal('tsv'),
        path: paths,
        sourceColumn: z.int().min(0).default(0),
        targetColumn: z.int().min(0).default(1),
        /**
         * `csv`: double quotes around a sentence are removed, as spreadsheets write them; `none`: quotes are text. By
         * default quotes are text, and a file that looks like `csv` is refused.
         */
        quotes: z.enum(['csv', 'none']).optional(),
        licence: z.string().optional(),
        ...languages,
      })
      .refine(({ sourceColumn, targetColumn }) => sourceColumn !== targetColumn, {
        path: ['targetColumn'],
        error: 'must be another column than sourceColumn',
      }),
    /** Text with a JSON object on each line. */
    z
      .strictObject({
        kind: z.literal('jsonl'),
        path: paths,
        /** Fields of the sentences, `outer.inner`; by default Hugging Face's `translation.<language>`. */
        sourceField: path.optional(),
        targetField: path.optional(),
        licence: z.string().optional(),
        ...languages,
      })
      .refine(({ sourceField, sourceLanguage }) => sourceField ?? sourceLanguage, {
        path: ['sourceLanguage'],
        error: 'is missing: it names the field translation.<language>, unless sourceField names another',
      })
      .refine(({ targetField, targetLanguage }) => targetField ?? targetLanguage, {
        path: ['targetLanguage'],
        error: 'is missing: it names the field translation.<language>, unless targetField names another',
      }),
    /** TMX 1.4: the variants of each unit in the two languages. */
    z.strictObject({
      kind: z.literal('tmx'),
      path: paths,
      sourceLanguage: Language,
      targetLanguage: Language,
      licence: z.string().optional(),
    }),
    /** A folder or a zip with two texts whose names end in the languages, `x.de` and `x.en`, as OPUS publishes them. */
    z.strictObject({
      kind: z.literal('moses'),
      path,
      sourceLanguage: Language,
      targetLanguage: Language,
      licence: z.string().optional(),
    }),
    /** IWSLT2017 as published: a folder or a zip with train.tags.ja-en.ja and .en (CC BY-NC-ND). */
    z.strictObject({ kind: z.literal('iwslt2017'), path }),
    /**
     * Pairs from Tatoeba (CC BY 2.0 FR): Japanese–English, which set-up downloads, or others of its languages, which
     * `npm run setup -- --languages` does; those without Japanese are translations of the same Japanese sentence.
     */
    z
      .strictObject({
        kind: z.literal('tatoeba'),
        /** `ja` by default. */
        source: z.enum(tatoebaLanguages).optional(),
        /** `en` by default. */
        target: z.enum(tatoebaLanguages).optional(),
      })
      .refine(({ source = 'ja', target = 'en' }) => source !== target, {
        path: ['target'],
        error: 'must be another language than source',
      }),
  ]),
]);
export type CorpusSource = z.output<typeof CorpusSource>;

/** More than any parallel corpus of one language pair; keeps a client from filling the API's disk. */
export const maxCorpusBytes = 16 * 1024 ** 3;

/** `corpora/<digest>/corpus.json`, the commit point of a stored corpus. The digest is the sha256 of the pairs file. */
export const CorpusRecord = z.strictObject({
  digest: Sha256,
  /** Object key, relative to the corpus's folder, of a UTF-8 file with one pair per line: source TAB target. */
  file: z.string(),
  bytes: z.int().min(0),
  pairs: z.int().min(1),
  /** `und` if unknown; version 0.1.0 stored every corpus as `ja` and `en`. */
  sourceLanguage: Language,
  targetLanguage: Language,
  name: z.string(),
  licence: z.string(),
});
export type CorpusRecord = z.output<typeof CorpusRecord>;

export const splitKinds = ['random', 'grouped'] as const;
export const publishedUses = ['held-out', 'as-others'] as const;
export const vocabularyKinds = ['separate', 'joint'] as const;

/** The share of a side's characters that its tokenizer has pieces for; SentencePiece allows no less. */
const coverage = z.number().min(0.98).max(1);
/** SentencePiece's default, and the coverage of all datasets of earlier versions. */
export const defaultCoverage = 0.9995;
const defaultCoverages = { source: defaultCoverage, target: defaultCoverage };

/** The settings with which a corpus is made into a dataset. */
export const DatasetSettings = z
  .strictObject({
    /** Tokens in each vocabulary; token ids are stored as 16-bit numbers. */
    vocabularySize: z
      .strictObject({
        source: z.int().min(8).max(65_535).default(8000),
        target: z.int().min(8).max(65_535).default(8000),
      })
      .prefault({}),
    /**
     * `separate`: each side has the ids of its own tokenizer. `joint`: the union of both has one id for each piece, as in
     * OPUS-MT's models, for networks with one embedding matrix for both sides. A stored dataset without it is separate;
     * for a submitted one see `storedDatasetOf`.
     */
    vocabulary: z.enum(vocabularyKinds).optional(),
    /**
     * Rarer characters are unknown to the tokenizers. `by-language`: 0.9995 for Japanese, Chinese and Korean, as
     * SentencePiece advises for scripts of thousands of characters, and 1 for all others. A stored dataset without it has
     * 0.9995 on both sides, as version 0.1.0 made all; a submitted one gets `by-language` (see `storedDataset`).
     */
    characterCoverage: z
      .union([z.literal('by-language'), z.strictObject({ source: coverage, target: coverage })])
      .optional(),
    /**
     * Digest of a stored model (`StartRecord`) whose tokenizers encode the dataset; without it they are trained on the
     * pairs. The sizes above are theirs then.
     */
    tokenizers: Sha256.optional(),
    /** Number of pairs taken from the corpus after shuffling with `seed`; all by default. */
    maxPairs: z.int().min(10).optional(),
    /** Share of what is held out: of pairs in a random split, of groups in a grouped one, which halve it into dev and test. */
    testFraction: z.number().gt(0).lt(1).default(0.2),
    /**
     * `grouped`: pairs that share a side stay together, and a dev set is held out to choose by, so that the test set is
     * read once. `random`: single pairs, and no dev set. A stored dataset without it is random, as version 0.1.0 made
     * all; a submitted one gets `grouped` (see `storedDataset`).
     */
    split: z.enum(splitKinds).optional(),
    /**
     * What becomes, in a grouped split, of pairs of published test sets (nmt-tips) and of those that share a side with one.
     * Absent: they are left out, so that a model may be measured on these sets. `held-out`: the published sets are the dev
     * and the test set, and all other pairs train. `as-others`: nothing special.
     */
    published: z.enum(publishedUses).optional(),
    /** Pairs with a side of more tokens are left out and counted. */
    maxTokens: z.int().min(4).max(4096).default(512),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
    /**
     * Which pairs are left out for what they are, or `none`. A stored dataset without it is of all pairs, as version 0.1.0
     * made them; a submitted one gets the defaults with a grouped split, and none with a random one.
     */
    cleaning: z.union([z.literal('none'), CleaningSettings]).optional(),
    /** Languages of the sides, if they differ from those of the corpus record. */
    languages: z.strictObject({ source: Language, target: Language }).optional(),
  })
  .refine(({ split, published }) => split !== 'random' || published === undefined, {
    path: ['published'],
    error: 'needs a grouped split: a random one treats all pairs alike',
  });
export type DatasetSettings = z.output<typeof DatasetSettings>;

/**
 * The settings that are stored for what a person submits: a grouped split of a cleaned corpus, and a coverage by language,
 * unless others are asked for. A random split, separate vocabularies, no cleaning and SentencePiece's own coverage are
 * stored as the absence of the setting.
 */
export function storedDataset({
  split = 'grouped',
  vocabulary = 'separate',
  cleaning = split === 'random' ? 'none' : defaultCleaning,
  characterCoverage = 'by-language',
  ...settings
}: DatasetSettings): DatasetSettings {
  return {
    ...settings,
    ...(split === 'random' ? {} : { split }),
    ...(vocabulary === 'separate' ? {} : { vocabulary }),
    ...(cleaning === 'none' ? {} : { cleaning }),
    ...(isDeepStrictEqual(characterCoverage, defaultCoverages) ? {} : { characterCoverage }),
  };
}

const defaultCleaning = CleaningSettings.parse({});

/** What is left out of the dataset; undefined where nothing is. */
export function cleaningOf({ cleaning }: Pick<DatasetSettings, 'cleaning'>): CleaningSettings | undefined {
  return cleaning === 'none' ? undefined : cleaning;
}

/** The settings of a stored dataset as they are submitted again: those whose absence has a meaning are named. */
export function submittedDataset({
  split = 'random',
  vocabulary = 'separate',
  cleaning = 'none',
  characterCoverage = defaultCoverages,
  ...settings
}: DatasetSettings): DatasetSettings {
  return { ...settings, split, vocabulary, cleaning, characterCoverage };
}

/** Whether the dataset has a dev set: epochs are evaluated on it, and the test set is read at the end of a sweep alone. */
export function hasDevSet({ split }: Pick<DatasetSettings, 'split'>): boolean {
  return split === 'grouped';
}

/** A stored file; `key` is relative to the folder of the record that contains it. */
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
  /** The joint vocabulary in the form of Marian's `vocab.json`; absent where they are separate. */
  vocabulary: StoredFile.exactOptional(),
  /** Of a joint vocabulary, its size for both. */
  vocabularySize: z.strictObject({ source: z.int(), target: z.int() }),
  shards: z.strictObject({
    train: z.array(Shard).min(1),
    /** Absent in a random split. */
    dev: z.array(Shard).min(1).optional(),
    test: z.array(Shard).min(1),
  }),
  /** Pairs of the corpus that were left out, by reason. */
  skipped: z.strictObject({ tooLong: z.int().min(0) }),
});
export type DatasetManifest = z.output<typeof DatasetManifest>;

const count = z.int().min(0);

/** `datasets/<digest>/report.json`: statistics of a dataset for its users; datasets of version 0.1.0 have none. */
export const DatasetReport = z.strictObject({
  sourceLanguage: Language,
  targetLanguage: Language,
  /** The share of the characters that each tokenizer was to have pieces for; earlier reports, without it, mean 0.9995. */
  characterCoverage: z.strictObject({ source: coverage, target: coverage }).optional(),
  /** Tokenization for the BLEU of held-out translations, as sacreBLEU names it. */
  bleuTokenization: z.string(),
  pairs: z.strictObject({ train: count, dev: count.optional(), test: count }),
  /** What cleaning left out, with examples; absent where there was none. */
  cleaning: CleaningReport.optional(),
  /** Groups of pairs that share a side, by where they went; absent in a random split. */
  groups: z.strictObject({ train: count, dev: count, test: count }).optional(),
  /** Pairs that were left out for `published`; absent in a random split and where there are none. */
  publishedPairs: count.optional(),
  /**
   * BLEU of the look-up, a floor for networks: each of at most 2,000 held-out pairs, evenly spread, is translated by the
   * target of the training pair whose source is most similar, by character trigrams. Absent in earlier reports.
   */
  lookUp: z.strictObject({ dev: z.number().min(0).optional(), test: z.number().min(0) }).optional(),
  /** Pairs that were left out: with a side of more than `maxTokens`, or without any visible character. */
  skipped: z.strictObject({ tooLong: count, invisible: count }),
  /** Test pairs whose pair, source or target also occurs in the training set, by token ids. */
  overlap: z.strictObject({ pairs: count, sources: count, targets: count }),
  /** Sentences too long to train the tokenizer of their side with; the network is trained on them nevertheless. */
  outsideTokenizers: z.strictObject({ source: count, target: count }),
});
export type DatasetReport = z.output<typeof DatasetReport>;
