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
import { printLine, notify, type CommandContext } from '../terminal.ts';

export type TranslateOptions = Omit<z.input<typeof TranslateRequest>, 'sentences'>;
type Translation = TranslateResponse['translations'][number];

/** Rows that the API decodes at once: sentences of a request times the size of the beam. */
const rowsAtOnce = 64;
/** Sentences that an error names; the others are counted. */
const mostNamed = 5;

interface Sentence {
  /** How messages call it: `line 3`. */
  readonly where: string;
  readonly text: string;
}

/**
 * `honyaku translate SWEEP [SENTENCE…]`: an output line for each sentence, or for each line of standard input;
 * what is blank stays blank.
 * @throws InvalidInput naming an option without effect, or what is too long, before anything is sent; NotFound
 */
export async function translate(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  given: readonly string[],
  options: TranslateOptions,
): Promise<void> {
  refuseWithoutEffect(options);
  const api = await client();
  const sentences = given.length > 0 ? argumentsOf(given) : await linesOf(terminal.input());
  refuseTooLong(sentences);
  // Nothing of blank lines is sent, so nothing else would tell that there is no such sweep.
  if (sentences.every(({ text }) => isInvisible(text))) await api.call(routes.sweep, { id: sweepId });
  let first: TranslateResponse | undefined;
  const translations: Translation[] = [];
  for (const group of groups(sentences, options.beamSize ?? 1)) {
    const asked = group.filter(({ text }) => !isInvisible(text));
    const texts = asked.map(({ text }) => text);
    const answer =
      texts.length === 0 ? undefined : await api.translate(sweepId, { sentences: texts, ...options });
    first ??= answer;
    for (const sentence of group) {
      const at = asked.indexOf(sentence);
      const translation = at < 0 ? { source: sentence.text, output: '' } : answer?.translations[at];
      if (!translation) throw new Corrupt(`the API gave no translation of ${sentence.where}`);
      if (translation.truncated)
        notify(terminal, `${sentence.where}: the translation was cut before its end; see --max-tokens`);
      if (json) translations.push(translation);
      else printLine(terminal, translation.output);
    }
  }
  if (!json) return;
  if (!first) throw new InvalidInput('there is no sentence to translate');
  printLine(terminal, toJson(TranslateResponse, { ...first, translations }));
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

function refuseTooLong(sentences: readonly Sentence[]): void {
  const tooLong = sentences.filter(({ text }) => text.length > maxSentenceLength);
  if (tooLong.length === 0) return;
  const named = tooLong.slice(0, mostNamed).map(({ where, text }) => `${where} (${text.length})`);
  const more = tooLong.length > mostNamed ? ` and ${tooLong.length - mostNamed} more` : '';
  throw new InvalidInput(
    `longer than the ${maxSentenceLength} characters that a sentence may have: ${named.join(', ')}${more}; ` +
      'nothing was translated, split them and try again',
  );
}

function* groups(sentences: readonly Sentence[], beamSize: number): Generator<readonly Sentence[]> {
  const size = Math.max(1, Math.floor(rowsAtOnce / beamSize));
  for (let start = 0; start < sentences.length; start += size) yield sentences.slice(start, start + size);
}
