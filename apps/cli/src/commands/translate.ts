import { InvalidInput, type TranslateRequest, TranslateResponse, toJson } from '@honyaku/contracts';
import { type z } from 'zod';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

export type TranslateOptions = Omit<z.input<typeof TranslateRequest>, 'sentences'>;

/** The API takes so many sentences at once. */
const sentencesAtOnce = 64;

/** `honyaku translate SWEEP [SENTENCE…]`: an output line for each sentence, or for each line of standard input. */
export async function translate(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  given: readonly string[],
  options: TranslateOptions,
): Promise<void> {
  const api = await client();
  const answers: TranslateResponse[] = [];
  for await (const sentences of groups(given.length > 0 ? given : terminal.lines())) {
    const answer = await api.translate(sweepId, { sentences, ...options });
    if (json) answers.push(answer);
    else for (const { output } of answer.translations) printLine(terminal, output);
  }
  const [first] = answers;
  if (!json) return;
  if (!first) throw new InvalidInput('there is no sentence to translate');
  const translations = answers.flatMap((answer) => answer.translations);
  printLine(terminal, toJson(TranslateResponse, { ...first, translations }));
}

async function* groups(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string[]> {
  let group: string[] = [];
  for await (const line of lines) {
    if (line.trim() === '') continue;
    group.push(line);
    if (group.length === sentencesAtOnce) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
