/**
 * `npm run test:marian`: a real sweep trains a small Transformer, and other programs load what `honyaku best` writes of it.
 * Hugging Face's transformers: no weight missing or unknown, ids and logits equal to ours. CTranslate2: in float32 the same
 * translations, greedily and by a beam, and in int8 no worse ones. Then all commands of docs/using-a-model.md run.
 * Exit code 0 when all is equal, 1 otherwise. It fetches PyTorch (3 GB) and the other programs where they are not at hand.
 */
import { join } from 'node:path';
import { installedPaths } from '@honyaku/contracts';
import { type Python } from '../bench/torch.ts';
import { prepareTransformers } from '../bench/transformers.ts';
import { inTemporaryFolder, setExitCode } from '../command-line/words.ts';
import { argosFolder, argosStep, ctranslate2Step } from '../setup/python-steps.ts';
import { compare } from './compare.ts';
import { type Pair, splitCorpus } from './corpus.ts';
import { type PageOutput, runPage } from './page.ts';
import {
  compareBleu,
  compareDecoding,
  likeCTranslate2,
  problemsOf,
  translateByCTranslate2,
} from './parity.ts';
import { type TrainedModel, withTrainedModel } from './platform.ts';

/** Argos Translate's own splitter of sentences needs a download. */
const lineSplitter = join(import.meta.dirname, 'line-splitter');
const heldOut = 1000;
const decoded = 200;
const pairsOfLogits = 50;
const print = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<boolean> {
  const python = await preparePython();
  return inTemporaryFolder('marian', async (folder) => {
    const pairs = await splitCorpus(folder, heldOut);
    print('… a small Transformer is trained on Tatoeba pairs (CC BY 2.0 FR)');
    const problems = await withTrainedModel(folder, print, async (model) => [
      ...(await compareCTranslate2(model, pairs, folder)),
      ...(await compare(model, pairs.slice(0, pairsOfLogits), python, folder)),
      ...(await comparePage(model, python, folder)),
    ]);
    for (const problem of problems) print(`✗ ${problem}`);
    if (problems.length === 0) print('✓ all is equal');
    return problems.length === 0;
  });
}

function preparePython(): Promise<Python> {
  return prepareTransformers(print, {
    steps: [ctranslate2Step, argosStep],
    before: [lineSplitter],
    after: [installedPaths().ctranslate2, argosFolder()],
  });
}

async function compareCTranslate2(
  model: TrainedModel,
  pairs: readonly Pair[],
  folder: string,
): Promise<string[]> {
  const sentences = pairs.map(([source]) => source);
  const float32 = await translateByCTranslate2(model.ctranslate2.float32, sentences, model, folder);
  const int8 = await translateByCTranslate2(model.ctranslate2.int8, sentences, model, folder);
  const scores = compareBleu(float32, int8, pairs);
  const parity = await compareDecoding(model, sentences.slice(0, decoded), float32);
  print(
    `of ${decoded} held-out sentences CTranslate2 translates ${parity.greedy} otherwise greedily, ${parity.beam} by a beam ` +
      `of 4 (scores differ by ${parity.score.toExponential(1)}), ${parity.ownBeam} by our default beam search; ` +
      `BLEU of ${pairs.length}: ${scores.float32.toFixed(2)} in float32, ${scores.int8.toFixed(2)} in int8`,
  );
  return [...problemsOf(parity), ...scores.problems];
}

/** Each script of the page, beside translations of the same sentences by the API. */
async function comparePage(model: TrainedModel, python: Python, folder: string): Promise<string[]> {
  const { client, sweepId, url, maxTokens } = model;
  const outputs = await runPage({ sweepId, url, python, folder });
  const translate = async (options: object) => {
    // The scripts know the longest target alone, not that ours would end at twice the source and 50 tokens.
    const request = { sentences: pageSentences, maxTokens, ...options };
    const { translations } = await client.translate(sweepId, request);
    // A translation that is cut may end in a space, which MarianTokenizer takes away.
    return translations.map(({ output }) => output.trimEnd());
  };
  const linesOf = (script: string) => outputs.find((output) => output.script === script)?.lines;
  const same = (script: string, ours: readonly string[]) => {
    const theirs = linesOf(script);
    return theirs?.join('\n') === ours.join('\n')
      ? []
      : [`${script} of the page prints ${JSON.stringify(theirs)}, the API ${JSON.stringify(ours)}`];
  };
  for (const { script, lines } of outputs) print(`✓ ${script} ${lines.join(' / ')}`);
  return [
    ...same('translate_marian.py', await translate({})),
    ...same('translate_ctranslate2.py', await translate(likeCTranslate2)),
    ...translated(outputs, 'translate_argos.py'),
  ];
}

const pageSentences = ['私は学生です。', '犬が好きです。'];

/** Argos Translate has int8, a length penalty of its own and puts source words in place of unknown ones. */
function translated(outputs: readonly PageOutput[], script: string): string[] {
  const lines = outputs.find((output) => output.script === script)?.lines ?? [];
  const words = lines.filter((line) => /^[\w .,'?!]+$/.test(line));
  return words.length === pageSentences.length
    ? []
    : [`${script} of the page prints ${JSON.stringify(lines)} and no translation`];
}

await setExitCode(main);
