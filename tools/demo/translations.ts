/** What the demo shows of its model: held-out sentences beside their references, and whatever one types. */
import { createInterface } from 'node:readline/promises';
import { type SampleTranslation, type TranslateResponse } from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { type DemoContext } from './options.ts';

const sentencesShown = 10;
const thanks = 'ありがとう。';
const decoding = { sample: false, seed: 1, beamSize: 4 } as const;
/** The demo ends by itself where nobody types. */
const typingSeconds = 60;

/** Prints translations of evenly spread held-out sentences by beam search, and of one that everyone knows. */
export async function showTranslations(
  client: ApiClient,
  sweepId: string,
  heldOut: readonly SampleTranslation[],
  print: (line: string) => void,
): Promise<TranslateResponse> {
  const count = Math.min(sentencesShown, heldOut.length);
  const shown = Array.from({ length: count }, (_, index) =>
    heldOut.at(Math.floor(((index + 0.5) * heldOut.length) / count)),
  ).filter((pair) => pair !== undefined);
  print(
    `… translating ${count} of the ${heldOut.length} sentences that were held out to choose by, evenly spread`,
  );
  const sentences = [...shown.map(({ source }) => source), thanks];
  const translated = await client.translate(sweepId, { sentences, ...decoding });
  for (const [index, { source, output }] of translated.translations.entries()) {
    print(`  ${source}`);
    print(`    → ${output}`);
    const reference = shown[index]?.reference;
    if (reference !== undefined) print(`      (${reference})`);
  }
  return translated;
}

/** Translates lines until an empty one, where there is a terminal to type in. */
export async function translateTyped(
  client: ApiClient,
  sweepId: string,
  { output, interrupted }: DemoContext,
  print: (line: string) => void,
): Promise<void> {
  if (!process.stdin.isTTY || !output.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output });
  // While it reads, the terminal is raw, and Ctrl-C a character.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  print('Type a short Japanese sentence, or nothing to go on.');
  try {
    for (;;) {
      const signal = AbortSignal.any([interrupted, AbortSignal.timeout(typingSeconds * 1000)]);
      const sentence = await terminal.question('> ', { signal }).catch((error: unknown) => {
        if (interrupted.aborted) throw error;
        return '';
      });
      if (sentence.trim() === '') return;
      const { translations } = await client.translate(sweepId, { sentences: [sentence], ...decoding });
      print(`  ${translations[0]?.output ?? ''}`);
    }
  } finally {
    terminal.close();
  }
}
