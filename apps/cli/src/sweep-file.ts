/** A sweep file as it was written: checked before anything is sent, with the line of what is wrong. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type CorpusSource,
  type DatasetSettings,
  InvalidInput,
  type StartRecord,
  type StartSource,
  SweepFile,
  allowedKeys,
  describeIssues,
  messageOf,
  settingsFromStart,
  unreadable,
  withConstants,
  withoutIntegerBounds,
} from '@honyaku/contracts';
import { readYaml } from '@honyaku/contracts/yaml';
import leven, { closestMatch } from 'leven';
import { type Document, type LineCounter, isNode, isPair, isScalar, isMap } from 'yaml';
import { z } from 'zod';

export interface Completion {
  readonly corpus: string;
  /** Of the sides, where they are others than those that the corpus is stored with and the file names none. */
  readonly languages?: DatasetSettings['languages'];
  readonly start?: StartRecord | undefined;
}

export interface ReadSweepFile {
  readonly corpus: CorpusSource;
  /** Its languages go before those of the corpus. */
  readonly dataset: DatasetSettings;
  readonly start: StartSource | undefined;
  /**
   * The file's text, comments too, with corpus and start named by their digests: what the API takes. The settings that
   * follow from the start stand in it as well.
   * @throws InvalidInput when a setting contradicts the start
   */
  readonly completed: (completion: Completion) => string;
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
    throw unreadable(path, cause);
  }
  const read = readYaml(text);
  if ('problem' in read) {
    const { line, message } = read.problem;
    throw new InvalidInput(`${name}:${line}: ${message}`);
  }
  const { document, lines } = read;
  const parsed = SweepFile.safeParse(withConstants(read.value));
  if (!parsed.success) {
    const sentences = withoutIntegerBounds(parsed.error.issues).map((issue) =>
      sentence(issue, document, lines, name),
    );
    throw new InvalidInput(sentences.join('\n'), { cause: parsed.error });
  }
  const { corpus, dataset } = parsed.data;
  return {
    corpus,
    dataset,
    start: parsed.data.start,
    completed: ({ corpus: digest, languages, start }) => {
      const completed = document.clone();
      completed.set('corpus', { digest });
      if (languages && !dataset.languages) completed.setIn(['dataset', 'languages'], languages);
      if (start) {
        completed.set('start', { digest: start.digest });
        for (const { path: at, value } of settingsFromStart(completed.toJS(), start))
          completed.setIn(at, value);
      }
      return completed.toString();
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
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const at = unknown === undefined ? issue.path : [...issue.path, unknown];
  const known = unknown === undefined ? [] : allowedKeys(SweepFile, issue.path);
  const problem =
    unknown === undefined || known.length === 0
      ? describeIssues(new z.ZodError([issue]))
      : unknownKeySentence(unknown, issue.path, known);
  return `${name}:${lineOf(document, at, lines)}: ${problem}`;
}

function unknownKeySentence(key: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const meant = nearest(key, known);
  const where = path.length > 0 ? ` in ${path.map(String).join('.')}` : '';
  const guess = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `unknown key ${key}${where}.${guess} Allowed: ${known.join(', ')}.`;
}

/** The candidate with the fewest edits, whatever the case and the dashes, unless more than a third of its letters differ. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '');
  const best = closestMatch(plain(word), candidates.map(plain));
  const candidate = candidates.find((each) => plain(each) === best);
  if (candidate === undefined || best === undefined) return undefined;
  return leven(plain(word), best) <= Math.max(1, candidate.length / 3) ? candidate : undefined;
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
