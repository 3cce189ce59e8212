/**
 * `npm run test:marian`: a real sweep trains a small Transformer, and Hugging Face's transformers loads what `honyaku best
 * --format marian` writes of it: no weight missing or unknown, ids and logits equal to ours, and the script of
 * docs/using-a-model.md translates as the API does. Exit code 0 when all is equal, 1 otherwise. It fetches PyTorch (3 GB)
 * and transformers where they are not at hand.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPaths } from '@honyaku/contracts';
import { preparePyTorch, type Python } from '../bench/torch.ts';
import { inTemporaryFolder, setExitCode } from '../command-line/words.ts';
import { run } from '../setup/command.ts';
import { transformersFolder, transformersStep } from '../setup/python-steps.ts';
import { installMissing } from '../setup/step.ts';
import { compare, type Pair } from './compare.ts';
import { trainModel, type TrainedModel } from './platform.ts';

const pairCount = 50;
const page = join(import.meta.dirname, '../../docs/using-a-model.md');
const print = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<boolean> {
  const python = await pythonWithTransformers();
  const pairs = await examplePairs();
  return inTemporaryFolder('marian', async (folder) => {
    print('… a small Transformer is trained on Tatoeba pairs (CC BY 2.0 FR)');
    const sentences = pairs.map(([source]) => source);
    const model = await trainModel(folder, sentences);
    const differences = [
      ...(await compare(model, pairs, python, folder)),
      ...(await compareScript(model, sentences, python, folder)),
    ];
    for (const difference of differences) print(`✗ ${difference}`);
    if (differences.length === 0) print('✓ all is equal');
    return differences.length === 0;
  });
}

async function pythonWithTransformers(): Promise<Python> {
  const { python, environment } = await preparePyTorch(print);
  await installMissing([transformersStep], print);
  const folders = [transformersFolder(), environment['PYTHONPATH'] ?? process.env['PYTHONPATH'] ?? ''];
  return {
    python,
    environment: {
      ...environment,
      PYTHONPATH: folders.filter((each) => each !== '').join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      HF_HUB_OFFLINE: '1',
    },
  };
}

/** Spread over the corpus, so that most of them are none that the network was trained on. */
async function examplePairs(): Promise<Pair[]> {
  const lines = (await readFile(installedPaths().tatoebaPairs, 'utf8')).trimEnd().split('\n');
  const stride = Math.floor(lines.length / pairCount);
  return Array.from({ length: pairCount }, (_, index) => {
    const [source = '', target = ''] = (lines[index * stride] ?? '').split('\t');
    return [source, target];
  });
}

/** Of the translations by the script of the page and by the API. */
async function compareScript(
  { translations }: TrainedModel,
  sentences: readonly string[],
  { python, environment }: Python,
  folder: string,
): Promise<string[]> {
  const script = /```python\n([^]*?)```/.exec(await readFile(page, 'utf8'))?.[1];
  if (script === undefined) return ['docs/using-a-model.md has no script'];
  await writeFile(join(folder, 'translate.py'), script);
  const printed = await run(python, ['translate.py', ...sentences], {
    cwd: folder,
    environment,
    seconds: 600,
  });
  const theirs = printed.replace(/\n$/, '').split('\n');
  print(`translations of ${sentences.length} sentences, ${new Set(translations).size} of them different`);
  return sentences.flatMap((sentence, index) => {
    // A translation that is cut may end in a space, which MarianTokenizer takes away.
    const ours = translations[index]?.trimEnd();
    return theirs[index] === ours ? [] : [`${sentence}: transformers ${theirs[index]}, the API ${ours}`];
  });
}

await setExitCode(main);
