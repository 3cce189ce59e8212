/** Reading of token shards. Token ids of a whole split are held in memory: 2 bytes a token. */
import { readFile } from 'node:fs/promises';
import { Bug, Corrupt, messageOf, specialTokens } from '@honyaku/contracts';
import { type Table, type Vector, DataType, Type, tableFromIPC } from 'apache-arrow';
import { type SentencePair } from '../corpus/sentence-pairs.ts';

/** Token ids of a pair; the source ends in eos, the target starts with bos and ends in eos. */
export interface TokenPair {
  readonly source: Uint16Array;
  readonly target: Uint16Array;
}

/** The pairs of a dataset's train, dev or test split. */
export interface Split {
  readonly length: number;
  readonly pair: (index: number) => TokenPair;
  /** The sentences themselves; train shards do not hold them. */
  readonly text: (index: number) => SentencePair | undefined;
}

interface OpenShard extends Split {
  readonly path: string;
}

/**
 * Opens the shards of one split, in the order given.
 * @throws Corrupt when one is absent, truncated or of another shape.
 */
export async function openSplit(shardPaths: readonly string[]): Promise<Split> {
  const shards: OpenShard[] = [];
  for (const path of shardPaths) shards.push(await openShard(path));
  const starts = [0];
  for (const shard of shards) starts.push((starts.at(-1) ?? 0) + shard.length);
  const length = starts.at(-1) ?? 0;
  const locate = (index: number): { shard: OpenShard; row: number } => {
    const at = starts.findLastIndex((start) => start <= index);
    const shard = shards[at];
    if (!shard || index < 0) throw new Bug(`pair ${index} is outside a split of ${length}`);
    return { shard, row: index - (starts[at] ?? 0) };
  };
  return {
    length,
    pair: (index) => {
      const { shard, row } = locate(index);
      return shard.pair(row);
    },
    text: (index) => {
      const { shard, row } = locate(index);
      return shard.text(row);
    },
  };
}

const magic = 'ARROW1';

async function openShard(path: string): Promise<OpenShard> {
  const corrupt = (problem: string, cause?: unknown): Corrupt =>
    new Corrupt(`${path}: ${problem}`, { cause });
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw corrupt(`cannot be read (${messageOf(cause)})`, cause);
  });
  if (bytes.toString('latin1', 0, magic.length) !== magic) throw corrupt('is not an Arrow file');
  if (bytes.toString('latin1', bytes.length - magic.length) !== magic)
    throw corrupt('is only a part of an Arrow file');
  let table: Table;
  let source: TokenColumn;
  let target: TokenColumn;
  try {
    table = tableFromIPC(bytes);
    source = tokenColumn(table, 'source');
    target = tokenColumn(table, 'target');
  } catch (cause) {
    throw corrupt(`is not a token shard (${messageOf(cause)})`, cause);
  }
  const { bos, eos } = specialTokens;
  for (let row = 0; row < table.numRows; row += 1) {
    if (source(row).at(-1) !== eos) throw corrupt(`the source of row ${row} does not end in eos`);
    const ids = target(row);
    if (ids.length < 2 || ids[0] !== bos || ids.at(-1) !== eos)
      throw corrupt(`the target of row ${row} does not run from bos to eos`);
  }
  const sourceText = textColumn(table, 'source_text');
  const targetText = textColumn(table, 'target_text');
  return {
    path,
    length: table.numRows,
    pair: (row) => ({ source: source(row), target: target(row) }),
    text: (row) =>
      sourceText && targetText
        ? { source: String(sourceText.get(row)), target: String(targetText.get(row)) }
        : undefined,
  };
}

type TokenColumn = (row: number) => Uint16Array;

function tokenColumn(table: Table, name: string): TokenColumn {
  const data = table.getChild(name)?.data;
  const [chunk] = data ?? [];
  if (!chunk || data?.length !== 1) throw new Error(`it has no column ${name} in one batch`);
  const values: unknown = chunk.children[0]?.values;
  const offsets: unknown = chunk.valueOffsets;
  if (!DataType.isList(chunk.type) || !(values instanceof Uint16Array) || !(offsets instanceof Int32Array))
    throw new Error(`its column ${name} is not a list of 16-bit numbers`);
  if (chunk.length !== table.numRows || offsets.length < chunk.length + 1)
    throw new Error(`its column ${name} does not fill its rows`);
  for (let row = 0; row < chunk.length; row += 1)
    if ((offsets[row] ?? 0) < 0 || (offsets[row] ?? 0) > (offsets[row + 1] ?? 0))
      throw new Error(`its column ${name} has no order`);
  if ((offsets[chunk.length] ?? 0) > values.length) throw new Error(`its column ${name} is cut off`);
  return (row) => values.subarray(offsets[row], offsets[row + 1]);
}

function textColumn(table: Table, name: string): Vector | undefined {
  const column = table.getChild(name);
  return column?.type.typeId === Type.Utf8 ? column : undefined;
}
