/** Token shards: Arrow IPC files, which any Arrow library reads (pyarrow, pandas, DuckDB). */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatasetManifest, specialTokens } from '@honyaku/contracts';
import {
  Field,
  List,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Uint16,
  Uint32,
  Utf8,
  makeData,
  tableToIPC,
} from 'apache-arrow';
import { type SentencePair } from '../corpus/sentence-pairs.ts';
import { storedFileOf } from './stored-file.ts';

export type Shard = DatasetManifest['shards']['train'][number];
export type SplitName = 'train' | 'dev' | 'test';

/** Pairs in a shard, the last one of a split apart: some megabytes, read whole. */
export const pairsPerShard = 50_000;

/** Ids without special tokens; the shard adds them. */
export interface EncodedPair {
  /** Line of the pair in the corpus, counted from 0. */
  readonly line: number;
  readonly sourceIds: Uint16Array;
  readonly targetIds: Uint16Array;
  /** The sentences themselves, which only the test split keeps. */
  readonly text?: SentencePair | undefined;
}

/**
 * Gathers the pairs of a split and writes them as `<split>-00000.arrow`, `<split>-00001.arrow`, … with the
 * columns `pair` (line in the corpus), `source` (ids, ending in eos) and `target` (ids, from bos to eos), and
 * in the dev and test splits `source_text` and `target_text`.
 */
export class ShardWriter {
  readonly #shards: Shard[] = [];
  #pairs: EncodedPair[] = [];

  constructor(
    private readonly split: SplitName,
    private readonly folder: string,
    private readonly shardSize: number = pairsPerShard,
  ) {}

  async add(pair: EncodedPair): Promise<void> {
    this.#pairs.push(pair);
    if (this.#pairs.length >= this.shardSize) await this.#flush();
  }

  /** Writes what is left and returns all shards. Token counts include bos and eos. */
  async finish(): Promise<Shard[]> {
    if (this.#pairs.length > 0) await this.#flush();
    return this.#shards;
  }

  async #flush(): Promise<void> {
    const pairs = this.#pairs;
    this.#pairs = [];
    const { bos, eos } = specialTokens;
    const source = tokenColumn(
      pairs.map(({ sourceIds }) => sourceIds),
      [],
      [eos],
    );
    const target = tokenColumn(
      pairs.map(({ targetIds }) => targetIds),
      [bos],
      [eos],
    );
    const texts =
      this.split !== 'train'
        ? {
            source_text: textColumn(pairs.map(({ text }) => text?.source ?? '')),
            target_text: textColumn(pairs.map(({ text }) => text?.target ?? '')),
          }
        : {};
    const pair = makeData({ type: new Uint32(), data: Uint32Array.from(pairs, ({ line }) => line) });
    const columns = { pair, source: source.data, target: target.data, ...texts };
    const schema = new Schema(
      Object.entries(columns).map(([name, data]) => new Field(name, data.type, false)),
    );
    const children = Object.values(columns);
    const rows = makeData({ type: new Struct(schema.fields), length: pairs.length, nullCount: 0, children });
    const bytes = tableToIPC(new Table(schema, [new RecordBatch(schema, rows)]), 'file');
    const key = `${this.split}-${String(this.#shards.length).padStart(5, '0')}.arrow`;
    await writeFile(join(this.folder, key), bytes);
    this.#shards.push({
      ...storedFileOf(key, bytes),
      pairs: pairs.length,
      sourceTokens: source.tokens,
      targetTokens: target.tokens,
    });
  }
}

const tokenList = new List(new Field('item', new Uint16(), false));

/** Each row with the tokens `before` and `after` it. */
function tokenColumn(rows: readonly Uint16Array[], before: readonly number[], after: readonly number[]) {
  const around = before.length + after.length;
  const valueOffsets = offsetsOf(rows, around);
  const tokens = valueOffsets.at(-1) ?? 0;
  const ids = new Uint16Array(tokens);
  rows.forEach((row, index) => {
    const start = valueOffsets[index] ?? 0;
    ids.set(before, start);
    ids.set(row, start + before.length);
    ids.set(after, start + before.length + row.length);
  });
  const child = makeData({ type: new Uint16(), data: ids });
  const data = makeData({ type: tokenList, length: rows.length, nullCount: 0, valueOffsets, child });
  return { data, tokens };
}

function textColumn(texts: readonly string[]) {
  const rows = texts.map((text) => Buffer.from(text));
  const valueOffsets = offsetsOf(rows);
  const data = Buffer.concat(rows);
  return makeData({ type: new Utf8(), length: rows.length, nullCount: 0, valueOffsets, data });
}

/** Where each row begins in the concatenation, and where the last one ends; each is longer by `more`. */
function offsetsOf(rows: readonly { readonly length: number }[], more = 0): Int32Array {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + row.length + more;
  });
  return offsets;
}
