/**
 * Shows that a best bundle is a PyTorch checkpoint: the loss of one batch by libs/model and by PyTorch.
 *
 *     node --import tsx tools/pytorch/check.ts FOLDER     the folder of config.json, model.safetensors, …
 */
import { BundleConfig, fromJson, InvalidInput, messageOf } from '@honyaku/contracts';
import { openTokenizers } from '@honyaku/data';
import { networkOf, Seq2Seq } from '@honyaku/model';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../setup/command.ts';
import { batchOf, rowsOf } from './batch.ts';
import { findPyTorch } from './python.ts';
import { inTemporaryFolder } from '../command-line/words.ts';

const tolerance = 1e-4;
const sentencePairs = [
  ['行こう。', "Let's go."],
  ['今日は雨が降っています。', 'It is raining today.'],
  ['彼女は毎朝六時に起きて、犬と散歩をする。', 'She gets up at six every morning and walks her dog.'],
  ['この本を読んだことがありますか。', 'Have you ever read this book?'],
  [
    '駅まで歩いて二十分ぐらいかかりますから、早く出かけましょう。',
    'It takes about twenty minutes to walk to the station, so let us leave early.',
  ],
  ['ありがとう！', 'Thank you!'],
] as const;
const Loss = z.object({ tokenLoss: z.number(), targetTokens: z.int() });

try {
  process.exitCode = await check(process.argv[2]);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function check(bundle: string | undefined): Promise<number> {
  if (bundle === undefined)
    throw new InvalidInput('Name the folder of a best bundle (it holds config.json).');
  const pytorch = await findPyTorch(['safetensors']);
  if (pytorch === undefined) {
    print(
      'PyTorch is not here, nothing compared: pip install torch safetensors (HONYAKU_PYTORCH_PYTHON names the Python that has them).',
    );
    return 0;
  }
  const configFile = join(bundle, 'config.json');
  const config = fromJson(BundleConfig, await readFile(configFile, 'utf8'), configFile);
  const batch = await batchFor(bundle, config);
  const network = await Seq2Seq.load(
    join(bundle, config.files.model.key),
    networkOf(config, config.vocabularySize),
  );
  const ours = meanOf(network.loss(batch));
  const theirs = meanOf(await lossByPyTorch(pytorch.python, bundle, batch));
  const difference = Math.abs(ours - theirs);
  print(`trial ${config.trialId}, epoch ${config.epoch}: loads strictly into PyTorch ${pytorch.version}`);
  print(`loss of a token by libs/model  ${ours.toFixed(7)}`);
  print(`loss of a token by PyTorch     ${theirs.toFixed(7)}`);
  print(`difference ${difference.toExponential(1)}, allowed ${tolerance.toExponential(0)}`);
  return difference <= tolerance ? 0 : 1;
}

async function batchFor(bundle: string, config: BundleConfig) {
  const { files } = config;
  const { source, target } = await openTokenizers({
    source: join(bundle, files.source.key),
    target: join(bundle, files.target.key),
    vocabulary: files.vocabulary && join(bundle, files.vocabulary.key),
  });
  return batchOf(
    sentencePairs.map(([japanese, english]) => ({
      source: source.encode(japanese),
      target: target.encode(english),
    })),
  );
}

function lossByPyTorch(python: string, bundle: string, batch: ReturnType<typeof batchOf>) {
  return inTemporaryFolder('pytorch', async (folder) => {
    const batchFile = join(folder, 'batch.json');
    await writeFile(batchFile, JSON.stringify(rowsOf(batch)));
    const script = join(import.meta.dirname, 'load_checkpoint.py');
    const printed = await run(python, [script, bundle, batchFile], {
      seconds: 600,
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
    });
    return fromJson(Loss, printed, 'load_checkpoint.py');
  });
}

function meanOf({ tokenLoss, targetTokens }: z.output<typeof Loss>): number {
  return tokenLoss / targetTokens;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
