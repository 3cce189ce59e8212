/** What CTranslate2 makes of a folder in its form, beside our own decoding. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson, installedPaths, specialTokens } from '@honyaku/contracts';
import { bleu } from '@honyaku/metrics';
import { type BeamOptions, beamSearch, greedy } from '@honyaku/model';
import { z } from 'zod';
import { run } from '../setup/command.ts';
import { openBundle } from './bundle.ts';
import { type Pair } from './corpus.ts';
import { type TrainedModel } from './platform.ts';

const Translations = z.array(z.object({ tokens: z.array(z.string()), score: z.number(), text: z.string() }));
const Translated = z.object({ greedy: Translations, beam: Translations });
type Translated = z.output<typeof Translated>;

/** CTranslate2's beam search is ours with these. */
export const likeCTranslate2 = { beamSize: 4, normalize: 1, patience: 1 } as const;
/** Of the mean of a token: CTranslate2 has no score for `<pad>`, so that all others have a share of its probability. */
const scoreTolerance = 1e-3;
const mostBleuLost = 0.5;

export interface Parity {
  /** Sentences whose tokens differ: greedily, by a beam of 4 with the same settings, and with our own ones. */
  readonly greedy: number;
  readonly beam: number;
  readonly ownBeam: number;
  /** The largest difference of the scores of equal translations by the beam. */
  readonly score: number;
}

/** @param folder takes files */
export async function translateByCTranslate2(
  path: string,
  sentences: readonly string[],
  { maxTokens }: TrainedModel,
  folder: string,
): Promise<Translated> {
  const file = join(folder, 'sentences.json');
  await writeFile(file, JSON.stringify(sentences));
  const { ctranslate2, sentencepiece } = installedPaths();
  const script = join(import.meta.dirname, 'translate_ctranslate2.py');
  const printed = await run('python3', [script, path, file, String(maxTokens)], {
    seconds: 300,
    environment: { PYTHONPATH: `${ctranslate2}:${sentencepiece}`, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return fromJson(Translated, printed, 'translate_ctranslate2.py');
}

/** @param theirs of the form with float32 */
export async function compareDecoding(
  model: TrainedModel,
  sentences: readonly string[],
  theirs: Translated,
): Promise<Parity> {
  const { tokenizers, network, rowOf } = await openBundle(model);
  const pieces = await piecesByRow(join(model.marian, 'vocab.json'));
  const textOf = (ids: readonly number[]) => ids.map((id) => pieces.get(rowOf(id))).join(' ');
  const differing = (translations: Translated['greedy'], ours: readonly (readonly number[])[]) =>
    ours.filter((ids, index) => textOf(ids) !== translations[index]?.tokens.join(' ')).length;
  try {
    const sources = sentences.map((text) => [...tokenizers.source.encode(text), specialTokens.eos]);
    const { maxTokens } = model;
    const beam = (options: BeamOptions) =>
      beamSearch(network, sources, { maxTokens, ...options }).map(([best]) => ({
        ids: best?.ids ?? [],
        score: best?.score ?? NaN,
      }));
    const alike = beam(likeCTranslate2);
    return {
      greedy: differing(theirs.greedy, greedy(network, sources, { maxTokens })),
      beam: differing(
        theirs.beam,
        alike.map(({ ids }) => ids),
      ),
      ownBeam: differing(
        theirs.beam,
        beam({ beamSize: 4 }).map(({ ids }) => ids),
      ),
      score: Math.max(
        ...alike.map(({ score }, index) => Math.abs(score - (theirs.beam[index]?.score ?? NaN))),
      ),
    };
  } finally {
    network.dispose();
  }
}

/** What is wrong, a sentence each. */
export function problemsOf({ greedy: greedily, beam, score }: Parity): string[] {
  return [
    ...(greedily === 0 ? [] : [`${greedily} greedy translations differ from CTranslate2's`]),
    ...(beam === 0 ? [] : [`${beam} translations by a beam of 4 differ from CTranslate2's`]),
    ...(beam > 0 || score <= scoreTolerance ? [] : [`the scores of a beam of 4 differ by ${score}`]),
  ];
}

/** BLEU of both precisions by a beam of 4, and what is wrong. */
export function compareBleu(float32: Translated, int8: Translated, pairs: readonly Pair[]) {
  const references = pairs.map(([, target]) => target);
  const scoreOf = ({ beam }: Translated) =>
    bleu(
      beam.map(({ text }) => text),
      references,
    ).score;
  const scores = { float32: scoreOf(float32), int8: scoreOf(int8) };
  const lost = scores.float32 - scores.int8;
  return { ...scores, problems: lost <= mostBleuLost ? [] : [`int8 loses ${lost.toFixed(2)} BLEU`] };
}

async function piecesByRow(file: string): Promise<ReadonlyMap<number, string>> {
  const rows = fromJson(z.record(z.string(), z.int()), await readFile(file, 'utf8'), file);
  return new Map(Object.entries(rows).map(([piece, row]) => [row, piece]));
}
