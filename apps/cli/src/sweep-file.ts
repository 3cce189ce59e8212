/** A sweep file as it was written: checked before anything is sent, with the line of what is wrong. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type CorpusSource,
  type DatasetSettings,
  InvalidInput,
  SweepFile,
  describeIssues,
  messageOf,
} from '@honyaku/contracts';
import { readYaml } from '@honyaku/contracts/yaml';
import { type Document, type LineCounter, isNode, isPair, isScalar, isMap } from 'yaml';
import { z } from 'zod';
import { keysAt, nearest } from './known-keys.ts';

export interface ReadSweepFile {
  readonly corpus: CorpusSource;
  /**
   * The file's text, comments too, with the corpus named by its digest: what the API takes.
   * @param languages of the sides, where they are others than those that the corpus is stored with
   */
  readonly withCorpus: (digest: string, languages?: DatasetSettings['languages']) => string;
  /** The answer to the file; a refusal that names a field gets file and line, as those of `readSweepFile` have them. */
  readonly placed: <Answer>(answer: Promise<Answer>) => Promise<Answer>;
}

/**
 * Reads YAML or JSON.
 * @throws InvalidInput naming file, line and key of each thing that is wrong and what is allowed there
 */
export async function readSweepFile(path: string): Promise<ReadSweepFile> {
  const name = basename(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw new InvalidInput(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const read = readYaml(text);
  if ('problem' in read) {
    const { line, message } = read.problem;
    throw new InvalidInput(`${name}:${line}: ${message}`);
  }
  const { document, lines } = read;
  const parsed = SweepFile.safeParse(read.value);
  if (!parsed.success) {
    const told = parsed.error.issues.map((issue) => sentence(issue, document, lines, name));
    throw new InvalidInput(told.join('\n'), { cause: parsed.error });
  }
  return {
    corpus: parsed.data.corpus,
    withCorpus: (digest, languages) => {
      document.set('corpus', { digest });
      if (languages) document.setIn(['dataset', 'languages'], languages);
      return document.toString();
    },
    placed: (answer) =>
      answer.catch((error: unknown) => {
        const field =
          error instanceof InvalidInput ? /^[\w-]+(?:\.[\w-]+)*(?=: )/.exec(error.message)?.[0] : undefined;
        if (field === undefined || !document.has(field.split('.')[0])) throw error;
        const line = lineOf(document, field.split('.'), lines);
        throw new InvalidInput(`${name}:${line}: ${messageOf(error)}`, { cause: error });
      }),
  };
}

function sentence(issue: z.core.$ZodIssue, document: Document, lines: LineCounter, name: string): string {
  const unknown = unknownKey(issue);
  const at = unknown === undefined ? issue.path : [...unknown.path, unknown.key];
  const line = lineOf(document, at, lines);
  return `${name}:${line}: ${unknown ? unknownKeySentence(unknown) : describeIssues(new z.ZodError([issue]))}`;
}

interface UnknownKey {
  readonly path: PropertyKey[];
  readonly key: string;
}

/** Objects and records with fixed keys report a key that they do not have in two ways. */
function unknownKey(issue: z.core.$ZodIssue): UnknownKey | undefined {
  if (issue.code === 'unrecognized_keys') return { path: issue.path, key: issue.keys[0] ?? '' };
  if (issue.code !== 'invalid_key') return undefined;
  return { path: issue.path.slice(0, -1), key: String(issue.path.at(-1)) };
}

function unknownKeySentence({ path, key }: UnknownKey): string {
  const known = keysAt(SweepFile, path);
  const guess = nearest(key, known);
  const where = path.length > 0 ? ` in ${path.map(String).join('.')}` : '';
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  return `unknown key ${key}${where}.${hint}${known.length > 0 ? ` Allowed: ${known.join(', ')}.` : ''}`;
}

/** The line of the deepest part of the path that the file has. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const step of path) {
    const next: unknown = isMap(node)
      ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === step)
      : isNode(node) && 'items' in node && Array.isArray(node.items)
        ? node.items[Number(step)]
        : undefined;
    if (next === undefined) break;
    const start = isPair(next) ? next.key : next;
    if (isNode(start)) offset = start.range?.[0] ?? offset;
    node = isPair(next) ? next.value : next;
  }
  return lines.linePos(offset).line;
}
