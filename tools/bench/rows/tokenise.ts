/** Text to ids of both languages, on all processors. */
import { availableParallelism } from 'node:os';
import {
  type BenchContext,
  ourCompetitor,
  pythonCompetitor,
  sentencePiecePython,
  withCompetitors,
  alternate,
} from '../competitors.ts';
import { requireSameIds, Sentences } from '../protocol.ts';
import { type MeasuredRow, timeText } from '../table.ts';
import { median } from '../samples.ts';
import { setting } from '../setting.ts';

/** Whoever preprocesses here must not be slower than with the native library. */
const target = 1;

export async function tokenise(context: BenchContext): Promise<MeasuredRow> {
  const { report } = context;
  const { corpusFile: corpus, tokenizers: models } = await context.dataset('notebook');
  const { pairs, rounds } = setting.tokenise;
  const threads = availableParallelism();
  const ours = ourCompetitor('tokenise.ts', { ...models, corpus, threads });
  const python = pythonCompetitor(sentencePiecePython(), 'sentencepiece_encode.py', [
    models.source,
    models.target,
    corpus,
    String(threads),
  ]);
  return withCompetitors([ours, python], async () => {
    const ask = {
      ours: (count: number) => ours.ask(Sentences, { sentences: count }),
      reference: (count: number) => python.ask(Sentences, { sentences: count }),
    };
    await alternate([pairs], ask, () => report('tokenise: warmed up'));
    const answers = await alternate(Array<number>(rounds).fill(pairs), ask, (round, now) => {
      report(
        `tokenise: round ${round} of ${rounds}, ours ${timeText(now.ours.milliseconds)}, SentencePiece ${timeText(now.reference.milliseconds)}`,
      );
      requireSameIds(now.ours.ids, now.reference.ids, (index) => nameOf(index, pairs));
    });
    const ids = answers.reference[0]?.ids ?? [];
    const tokensIn = (sentences: typeof ids) => sentences.reduce((sum, { length }) => sum + length, 0);
    const counts = { sourceTokens: tokensIn(ids.slice(0, pairs)), targetTokens: tokensIn(ids.slice(pairs)) };
    const measured = (all: readonly Sentences[]) => ({
      milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
      counts,
    });
    return {
      name: 'tokenise',
      target,
      per: `for ${pairs} pairs`,
      referenceName: 'SentencePiece',
      ours: measured(answers.ours),
      reference: measured(answers.reference),
      note: `ours reads the pairs from their file as well; Python’s encodes lists in memory, a call a language. ${threads} threads each, the same ids out.`,
    };
  });
}

function nameOf(index: number, pairs: number): string {
  return index < pairs
    ? `the source of line ${index + 1} of the corpus`
    : `the target of line ${index - pairs + 1} of the corpus`;
}
