/** Text files of a JSON object a line, such as Hugging Face's `{"translation": {"de": "…", "en": "…"}}`. */
import { messageOf, unknownLanguage } from '@honyaku/contracts';
import { type FilesOf, type OpenCorpus } from './corpus-format.ts';
import { corpusOfFiles } from './files-corpus.ts';
import { type OnProblem, type ProblemKind, type ReadingProblem, refuseProblem } from './reading-problems.ts';
import { onOneLine, type ReadPair } from './sentence-pairs.ts';
import { readLines, type TextSource } from './text-lines.ts';

/** Names of fields, from the outermost to the innermost. */
interface Fields {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

export const openJsonLines: OpenCorpus<'jsonl'> = (files, { baseFolder, onProblem }) => {
  const fields = fieldsOf(files);
  return corpusOfFiles(files, baseFolder, (text) => readJsonLines(text, fields, onProblem));
};

function fieldsOf({ sourceField, targetField, sourceLanguage, targetLanguage }: FilesOf<'jsonl'>): Fields {
  const pathOf = (field: string | undefined, language = unknownLanguage) =>
    (field ?? `translation.${language}`).split('.');
  return { source: pathOf(sourceField, sourceLanguage), target: pathOf(targetField, targetLanguage) };
}

async function* readJsonLines(
  text: TextSource,
  fields: Fields,
  onProblem: OnProblem = refuseProblem,
): AsyncGenerator<ReadPair> {
  for await (const line of readLines(text, onProblem)) {
    if (line.isBroken) continue;
    const read = pairOf(line.text, fields);
    if ('message' in read) {
      onProblem({ ...read, name: text.name, line: line.number });
      continue;
    }
    yield {
      ...read,
      placeOf: (side) => ({
        name: text.name,
        line: line.number,
        what: read.isBlank ? 'the line' : fields[side].join('.'),
      }),
    };
  }
}

type LineProblem = Pick<ReadingProblem, 'kind' | 'message' | 'cause'>;

function pairOf(
  line: string,
  fields: Fields,
): { source: string; target: string; isBlank: boolean } | LineProblem {
  if (line.trim() === '') return { source: '', target: '', isBlank: true };
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch (cause) {
    return problem('json', `is not JSON (${messageOf(cause)}); each line must be an object`, cause);
  }
  const source = sentenceIn(object, fields.source);
  if (typeof source !== 'string') return source;
  const target = sentenceIn(object, fields.target);
  if (typeof target !== 'string') return target;
  return { source, target, isBlank: false };
}

function problem(kind: ProblemKind, message: string, cause?: unknown): LineProblem {
  return { kind, message, cause };
}

/** The text of a field; that of a null one is empty. */
function sentenceIn(object: unknown, path: readonly string[]): string | LineProblem {
  let value = object;
  for (const [depth, name] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      const at = path.slice(0, depth + 1).join('.');
      const others =
        typeof value === 'object' && value !== null ? Object.keys(value).slice(0, namesListed) : [];
      const has = others.length > 0 ? `; there are ${others.join(', ')}` : '';
      return problem('field', `there is no field ${at}${has}`);
    }
    value = Reflect.get(value, name);
  }
  const field = path.join('.');
  if (value === null) return '';
  if (typeof value !== 'string') return problem('field', `${field} is no text, but ${kindOf(value)}`);
  if (value.includes('\0')) return problem('nul', `${field} holds a NUL character`);
  if (!value.isWellFormed())
    return problem('encoding', `${field} holds half of a character (a lone surrogate)`);
  return onOneLine(value);
}

/** How many names an error lists. */
const namesListed = 8;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
}
