/** Text to ids of the held-out sentences of both languages, in one thread. */
import { openSplit } from '@honyaku/data';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/**
 * The same C++ code compiled to WebAssembly, called once a sentence, cannot be as fast as native code with one call
 * for all: a third of its speed is what it has, and less than this would be a fault of ours. That is fast enough, as
 * a dataset is tokenised once and the pairs of an epoch take as long as a train step or two.
 */
const target = 0.3;

export async function tokenise(context: BenchContext): Promise<MeasuredRow> {
  const { folder, report } = context;
  const dataset = await context.dataset('notebook');
  const split = await openSplit(dataset.test);
  const pairs = Array.from({ length: split.length }, (_, row) => split.text(row)).filter(
    (pair) => pair !== undefined,
  );
  const texts = join(folder, 'texts.json');
  await writeFile(
    texts,
    JSON.stringify({ source: pairs.map(({ source }) => source), target: pairs.map((pair) => pair.target) }),
  );
  const models = dataset.tokenizers;
  const ours = ourCompetitor('tokenise.ts', { ...models, texts });
  const python = pythonCompetitor(sentencePiecePython(), 'sentencepiece_encode.py', [
    models.source,
    models.target,
    texts,
  ]);
  return withCompetitors([ours, python], async () => {
    const ask = {
      ours: (count: number) => ours.ask(Sentences, { sentences: count }),
      reference: (count: number) => python.ask(Sentences, { sentences: count }),
    };
    await alternate([pairs.length], ask, () => report('tokenise: warmed up'));
    const { rounds } = setting.tokenise;
    const answers = await alternate(Array<number>(rounds).fill(pairs.length), ask, (round, now) => {
      report(
        `tokenise: round ${round} of ${rounds}, ours ${timeText(now.ours.milliseconds)}, SentencePiece ${timeText(now.reference.milliseconds)}`,
      );
      requireSameIds(now.ours.ids, now.reference.ids, (index) => nameOf(index, pairs.length));
    });
    const ids = answers.reference[0]?.ids ?? [];
    const counts = {
      sourceTokens: ids.slice(0, pairs.length).flat().length,
      targetTokens: ids.slice(pairs.length).flat().length,
    };
    const measured = (all: readonly Sentences[]) => ({
      milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
      counts,
    });
    return {
      name: 'tokenise',
      target,
      per: `for ${pairs.length} pairs`,
      referenceName: 'SentencePiece',
      ours: measured(answers.ours),
      reference: measured(answers.reference),
      note: 'ours is SentencePiece in WebAssembly, a call a sentence; Python’s is native, a call a language. One thread each, the same ids out.',
    };
  });
}

function nameOf(index: number, pairs: number): string {
  return index < pairs
    ? `the source of row ${index} of the held-out split`
    : `the target of row ${index - pairs} of the held-out split`;
}
