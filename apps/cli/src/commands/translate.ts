import {
  Corrupt,
  InvalidInput,
  type TranslateRequest,
  TranslateResponse,
  dependentOptions,
  maxSentenceLength,
  routes,
  toJson,
} from '@honyaku/contracts';
import { isInvisible, readLines } from '@honyaku/data';
import { type z } from 'zod';
import { exitCodes, printLine, notify, type CommandContext } from '../terminal.ts';

export type TranslateOptions = Omit<z.input<typeof TranslateRequest>, 'sentences'>;
type Translation = TranslateResponse['translations'][number];

/** Rows that the API decodes at once: sentences of a request times the size of the beam. */
const rowsAtOnce = 64;
interface Sentence {
  /** How messages call it: `line 3`. */
  readonly where: string;
  readonly text: string;
}

/**
 * `honyaku translate SWEEP [SENTENCE…]`: an output line for each sentence, or for each line of standard input; what is
 * blank stays blank, and what is too long becomes blank and is named.
 * @returns 1 when a sentence was too long, else 0
 * @throws InvalidInput naming an option without effect, before anything is sent; NotFound
 */
export async function translate(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  given: readonly string[],
  options: TranslateOptions,
): Promise<number> {
  refuseWithoutEffect(options);
  const api = await client();
  const sentences = given.length > 0 ? argumentsOf(given) : await linesOf(terminal.input());
  // Nothing of other lines is sent, so nothing else would tell that there is no such sweep.
  if (!sentences.some(isAsked)) await api.call(routes.sweep, { id: sweepId });
  let first: TranslateResponse | undefined;
  const translations: Translation[] = [];
  for (const group of groups(sentences, options.beamSize ?? 1)) {
    const asked = group.filter(isAsked);
    const texts = asked.map(({ text }) => text);
    const answer =
      texts.length === 0 ? undefined : await api.translate(sweepId, { sentences: texts, ...options });
    first ??= answer;
    for (const sentence of group) {
      const at = asked.indexOf(sentence);
      const translation = at < 0 ? untranslated(sentence) : answer?.translations[at];
      if (!translation) throw new Corrupt(`the API gave no translation of ${sentence.where}`);
      if (translation.truncated)
        notify(terminal, `${sentence.where}: the translation was cut before its end; see --max-tokens`);
      if (translation.tooLong) notify(terminal, tooLongText(sentence));
      if (json) translations.push(translation);
      else printLine(terminal, translation.output);
    }
  }
  const exitCode = sentences.some(isTooLong) ? exitCodes.failed : exitCodes.completed;
  if (!json) return exitCode;
  if (!first) throw new InvalidInput('there is no sentence to translate');
  printLine(terminal, toJson(TranslateResponse, { ...first, translations }));
  return exitCode;
}

function isTooLong({ text }: Sentence): boolean {
  return text.length > maxSentenceLength;
}

function isAsked(sentence: Sentence): boolean {
  return !isTooLong(sentence) && !isInvisible(sentence.text);
}

/** What the API would answer. */
function untranslated(sentence: Sentence): Translation {
  return { source: sentence.text, output: '', ...(isTooLong(sentence) ? { tooLong: true as const } : {}) };
}

function tooLongText({ where, text }: Sentence): string {
  return `${where}: was not translated, since it has ${text.length} characters, and a sentence may have ${maxSentenceLength}; split it`;
}

/** Also where an option has its default: who gives it expects something of it. */
function refuseWithoutEffect({ sample = false, beamSize = 1, ...options }: TranslateOptions): void {
  const given = new Set(Object.keys(options));
  const flag = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  for (const { names, isUsed, needed } of dependentOptions) {
    const [unused] = names.filter((name) => given.has(name) && !isUsed({ sample, beamSize }));
    if (unused !== undefined)
      throw new InvalidInput(`${flag(unused)}: has no effect without ${flag(needed.name)}${needed.value}`);
  }
  if (given.has('normalize') && given.has('lengthPenalty'))
    throw new InvalidInput('--normalize: cannot be combined with --length-penalty');
}

function argumentsOf(given: readonly string[]): Sentence[] {
  return given.map((text, index) => ({ where: `sentence ${index + 1}`, text }));
}

async function linesOf(input: AsyncIterable<Buffer>): Promise<Sentence[]> {
  const lines: Sentence[] = [];
  for await (const { number, text } of readLines({
    name: 'standard input',
    open: () => Promise.resolve(input),
  }))
    lines.push({ where: `line ${number}`, text });
  return lines;
}

function* groups(sentences: readonly Sentence[], beamSize: number): Generator<readonly Sentence[]> {
  const size = Math.max(1, Math.floor(rowsAtOnce / beamSize));
  for (let start = 0; start < sentences.length; start += size) yield sentences.slice(start, start + size);
}
