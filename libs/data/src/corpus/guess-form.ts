/** The form of files that come without a word on it, by their content. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidInput, unreadable } from '@honyaku/contracts';
import { type CorpusFiles } from './corpus-format.ts';
import { openedFile } from './opened-file.ts';
import { isZip, openZip } from './zip-texts.ts';

/** What is known of the files. Columns count from 0. */
export interface KnownOfFiles {
  readonly sourceLanguage?: string | undefined;
  readonly targetLanguage?: string | undefined;
  readonly sourceColumn?: number | undefined;
  readonly targetColumn?: number | undefined;
}

type Languages = Pick<KnownOfFiles, 'sourceLanguage' | 'targetLanguage'>;

/**
 * Two files are parallel text; one is TMX, JSON lines or text with tabs by its first characters; a folder, or a zip of
 * several files, has two that end in the languages.
 * @throws InvalidInput for other numbers of files, and where a form needs languages that nobody names
 */
export async function guessForm(paths: readonly string[], known: KnownOfFiles): Promise<CorpusFiles> {
  const [path, other, ...more] = paths;
  if (path === undefined || more.length > 0)
    throw new InvalidInput(
      'give one file, or the two files of parallel text; a corpus of more files is checked by its sweep file',
    );
  const named = languagesOf(known);
  if (other !== undefined) return { kind: 'parallel', source: path, target: other, ...named };
  if (await hasSeveralTexts(path)) {
    const fromName = /(?:^|[.\-_])([a-z]{2,3})-([a-z]{2,3})\b/.exec(basename(path));
    const [, sourceLanguage, targetLanguage] = fromName ?? [];
    return { kind: 'moses', path, ...required(path, { sourceLanguage, targetLanguage, ...named }) };
  }
  const start = await startOf(path);
  if (/^<(?:\?xml|tmx\b|!DOCTYPE|!--)/.test(start)) return { kind: 'tmx', path, ...required(path, named) };
  if (/^\{\s*"/.test(start))
    return { kind: 'jsonl', path, ...required(path, { ...languagesIn(start), ...named }) };
  const { sourceColumn = 0, targetColumn = 1 } = known;
  return { kind: 'tsv', path, sourceColumn, targetColumn, ...named };
}

function languagesOf({ sourceLanguage, targetLanguage }: KnownOfFiles): Languages {
  return {
    ...(sourceLanguage === undefined ? {} : { sourceLanguage }),
    ...(targetLanguage === undefined ? {} : { targetLanguage }),
  };
}

function required(path: string, { sourceLanguage, targetLanguage }: Languages) {
  if (sourceLanguage === undefined || targetLanguage === undefined)
    throw new InvalidInput(
      `${path}: its form needs the languages: say --source and --target, such as de and en`,
    );
  return { sourceLanguage, targetLanguage };
}

async function hasSeveralTexts(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
    if (!(await isZip(path))) return false;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const { texts, close } = await openZip(path);
  close();
  return texts.size > 1;
}

/** Of a text; a line of JSON may be long. */
const startBytes = 1 << 16;

/** The first characters that are no white space, of a text that is unpacked. */
async function startOf(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of await openedFile(path).open()) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= startBytes) break;
    }
  } catch (cause) {
    // A file that is damaged is text with tabs, until whoever reads it says what it is.
    if (cause instanceof InvalidInput) return '';
    throw unreadable(path, cause);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF?\s*/, '');
}

/** Those of Hugging Face's `translation`, where the first line has two. */
function languagesIn(start: string): Languages {
  const [, inner = ''] = /"translation"\s*:\s*\{(.*)/.exec(start.split('\n')[0] ?? '') ?? [];
  const [sourceLanguage, targetLanguage, third] = [...inner.matchAll(/"([a-z]{2,3})"\s*:\s*"/g)].map(
    ([, name]) => name,
  );
  return third === undefined ? languagesOf({ sourceLanguage, targetLanguage }) : {};
}
