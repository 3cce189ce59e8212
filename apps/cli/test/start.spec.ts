/** Sweeps that go on from models, from file to exported folder, on real programs. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@honyaku/client';
import { StartRecord, type SweepView, type TrialView, readMarianConfig, routes } from '@honyaku/contracts';
import { examplePairs } from '@honyaku/data/examples';
import { LocalStack, endOf } from '@honyaku/local-stack';
import { readSafetensors } from '@honyaku/model';
import { ObjectStore, keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../src/program.ts';
import { downloadBest, submitSweep } from '../src/index.ts';
import { RecordedTerminal } from './command-line.ts';

const never = new AbortController().signal;
const marian = { interrupted: never, form: 'marian' } as const;
const base = {
  corpus: { kind: 'tsv', path: 'pairs.tsv' },
  dataset: { maxTokens: 64, seed: 3 },
  parameters: { learningRate: 0.002, batchSize: 8 },
  runtime: { threads: 1 },
  epochs: 1,
};
const transformer = {
  network: 'transformer',
  hiddenSize: 16,
  encoderLayers: 2,
  decoderLayers: 1,
  heads: 2,
  feedForwardSize: 24,
};

let folder: string;
let stack: LocalStack;
let client: ApiClient;
let url: string;
/** The sweep that the models come from. */
let source: SweepView;
let trial: TrialView;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-start-'));
  await writeFile(join(folder, 'pairs.tsv'), examplePairs);
  stack = await LocalStack.start({ folder: join(folder, 'stack') });
  ({ url } = await stack.startApi());
  client = new ApiClient({ url });
  await stack.startWorker('worker');
  source = await trained({
    name: 'source',
    dataset: { ...base.dataset, vocabularySize: { source: 60, target: 48 } },
    parameters: { ...base.parameters, ...transformer },
    epochs: 2,
  });
  trial = await firstTrial(source);
  await downloadBest(client, source.id, join(folder, 'marian'), marian);
  await downloadBest(client, source.id, join(folder, 'bundle'), { interrupted: never });
}, 300_000);
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function written(spec: object): Promise<string> {
  const path = join(folder, 'sweep.yaml');
  await writeFile(path, stringify({ ...base, ...spec }));
  return path;
}

async function trained(spec: object): Promise<SweepView> {
  const { id } = await submitSweep(client, await written(spec), () => undefined);
  const ended = await endOf(client, id, { seconds: 120 });
  expect(ended).toMatchObject({ state: 'completed' });
  return ended;
}

async function firstTrial({ id }: SweepView): Promise<TrialView> {
  const { trials } = await client.call(routes.sweepTrials, { id });
  if (!trials[0]) throw new Error(`${id} has no trial`);
  return trials[0];
}

async function honyaku(...words: string[]): Promise<{ code: number; text: string; notices: string }> {
  const terminal = new RecordedTerminal(folder, { HONYAKU_API_URL: url });
  const code = await run(words, terminal);
  return { code, text: terminal.text, notices: terminal.notices };
}

const slow = { learningRate: 1e-9, dropout: 0, batchSize: 8 };

describe('a sweep that starts from a Marian folder', () => {
  let sweep: SweepView;
  beforeAll(async () => {
    sweep = await trained({ name: 'tuned', start: { marian: 'marian' }, parameters: slow });
  }, 300_000);

  it('has the network and the tokenizers of the folder', async () => {
    expect(sweep.spec.parameters).toMatchObject(transformer);
    expect(sweep.spec.dataset).toMatchObject({
      vocabulary: 'joint',
      vocabularySize: { source: 60, target: 48 },
      tokenizers: sweep.spec.start?.digest,
    });
  });

  it('begins its curve at epoch 0, with the result of the model, in show, trial, watch and report', async () => {
    const { epochs, config } = await firstTrial(sweep);
    expect(config.start).toBe(sweep.spec.start?.digest);
    const best = source.best?.heldOut;
    // The same pairs by the same tokenizers.
    expect(epochs[0]?.start?.perplexity).toBeCloseTo(best?.perplexity ?? 0, 6);
    expect(epochs[0]?.start?.translations.bleu.score).toBe(best?.translations.bleu.score);
    expect(epochs[0]?.heldOut.perplexity).toBeCloseTo(best?.perplexity ?? 0, 2);
    expect((await honyaku('show', sweep.id)).text).toMatch(/epoch 0, before training: dev ppl \d/);
    expect((await honyaku('trial', (await firstTrial(sweep)).id)).text).toMatch(/│ 0 +│ +│ \d/);
    expect((await honyaku('watch', sweep.id)).text).toMatch(
      /trial 0001 epoch 0, before training, ppl (?:dev|test): \d/,
    );
    await honyaku('report', sweep.id, '--output', 'report.html');
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain(
      'epoch 0, before training: dev ppl',
    );
  });

  it('goes out again as a folder with the same tokenizers and weights as near as its rate', async () => {
    await downloadBest(client, sweep.id, join(folder, 'again'), marian);
    for (const name of ['source.spm', 'target.spm', 'vocab.json'])
      expect(await readFile(join(folder, 'again', name))).toEqual(
        await readFile(join(folder, 'marian', name)),
      );
    const networkOf = async (name: string) =>
      readMarianConfig(JSON.parse(await readFile(join(folder, name, 'config.json'), 'utf8')), name);
    expect(await networkOf('again')).toEqual(await networkOf('marian'));
    const [before, after] = await Promise.all(
      ['marian', 'again'].map((name) => readSafetensors(join(folder, name, 'model.safetensors'))),
    );
    expect([...(after?.tensors.keys() ?? [])]).toEqual([...(before?.tensors.keys() ?? [])]);
    let moved = 0;
    for (const [name, { data }] of before?.tensors ?? [])
      data.forEach((value, index) => {
        const now = after?.tensors.get(name)?.data[index] ?? NaN;
        expect(Math.abs(now - value)).toBeLessThan(1e-5);
        if (now !== value) moved += 1;
      });
    expect(moved).toBeGreaterThan(0);
  });

  it('is trained again to the same bytes', async () => {
    const { code, text } = await honyaku('reproduce', (await firstTrial(sweep)).id);
    expect(text).toContain('the same bytes after every epoch');
    expect(code).toBe(0);
  });

  it('keeps its network when it is cloned, extended and gets trials', async () => {
    const cloned = await honyaku(
      'clone',
      sweep.id,
      '--set',
      'name=cloned',
      '--set',
      'parameters.dropout=0.1',
    );
    expect(cloned.code).toBe(0);
    expect((await endOf(client, cloned.text.trim(), { seconds: 120 })).spec.start).toEqual(sweep.spec.start);
    const other = await honyaku('add-trial', sweep.id, '--set', 'hiddenSize=32');
    expect(other.notices).toContain('trialsByHand.0.hyperparameters.hiddenSize: is 32');
    expect(other.code).toBe(2);
  });
});

it('may start from a trial or a bundle, which are the same model, and outlives the trial’s sweep', async () => {
  const fromTrial = await trained({ name: 'trial', start: { trial: trial.id }, parameters: slow });
  const fromBundle = await trained({ name: 'bundle', start: { bundle: 'bundle' }, parameters: slow });
  expect(fromBundle.spec.start).toEqual(fromTrial.spec.start);
  expect((await firstTrial(fromTrial)).epochs[0]?.start?.perplexity).toBe(source.best?.heldOut.perplexity);

  const objects = new ObjectStore({ ...stack.bucket, region: 'us-east-1' });
  const record = await objects.getRecord(StartRecord, keys.start(fromTrial.spec.start?.digest ?? ''));
  const removed: string[] = [];
  for await (const { key } of objects.list(`${keys.trialFolder(trial.id)}/`)) removed.push(key);
  await objects.remove(removed);
  const again = await trained({ name: 'later', start: { digest: record?.digest }, parameters: slow });
  const models = await Promise.all(
    [fromTrial, again].map(async (sweep) => (await firstTrial(sweep)).epochs[0]?.model),
  );
  expect(models[1]).toBe(models[0]);
});

describe('a start', () => {
  const refused = async (spec: object): Promise<string> => {
    const path = await written({ name: 'refused', ...spec });
    const messages = await Promise.all(
      ['preview', 'submit'].map(async (command) => {
        const { code, notices } = await honyaku(command, path);
        expect(code).toBe(2);
        return notices;
      }),
    );
    expect(messages[1]).toBe(messages[0]);
    return messages[0] ?? '';
  };

  it.each([
    [
      { start: { marian: 'marian' }, parameters: { hiddenSize: 32 } },
      /sweep\.yaml:\d+: parameters\.hiddenSize: is 32/,
    ],
    [
      { start: { bundle: 'bundle' }, dataset: { vocabularySize: { source: 60, target: 60 } } },
      /sweep\.yaml:\d+: dataset\.vocabularySize\.target: is 60, but trial source-/,
    ],
    [{ start: { marian: 'nowhere' } }, /start\.marian: .*nowhere has no config\.json/],
    [
      { start: { bundle: 'marian' } },
      /start\.bundle: .*marian is no bundle, but holds a model in another form; Marian's is named by start\.marian/,
    ],
    [
      { start: { marian: 'bundle' } },
      /start\.marian: .*config\.json: model_type is "missing"|model_type is missing/,
    ],
    [{ start: { trial: 'absent-4f9a1c0b72d3e865-0001' } }, /start\.trial: there is no/],
    [{ start: { digest: 'f'.repeat(64) } }, /start\.digest: the API has no model f/],
  ])('that is wrong is refused by name: %j', async (spec, reason) => {
    expect(await refused(spec)).toMatch(reason);
  });

  it('without a file of the form, or with one of another model, is refused by name', async () => {
    const broken = async (change: (at: (name: string) => string) => Promise<unknown>) => {
      await rm(join(folder, 'broken'), { recursive: true, force: true });
      await cp(join(folder, 'marian'), join(folder, 'broken'), { recursive: true });
      await change((name) => join(folder, 'broken', name));
      return refused({ start: { marian: 'broken' } });
    };
    expect(await broken((at) => rm(at('source.spm')))).toMatch(/broken has no source\.spm/);
    const pickled = await broken(async (at) => {
      await rm(at('model.safetensors'));
      await writeFile(at('pytorch_model.bin'), 'x');
    });
    expect(pickled).toMatch(/python tools\/marian\/to_safetensors\.py .*broken writes its weights/);
    const foreign = JSON.stringify(
      Object.fromEntries(
        ['</s>', '<unk>', ...Array.from({ length: 80 }, (_, id) => `x${id}`), '<pad>'].map((text, id) => [
          text,
          id,
        ]),
      ),
    );
    expect(await broken((at) => writeFile(at('vocab.json'), foreign))).toMatch(
      /vocab\.json does not fit .*source\.spm: it lacks \d+ of \d+ pieces/,
    );
    expect(await broken((at) => writeFile(at('target.spm'), 'no model'))).toMatch(
      /target\.spm: is not a SentencePiece/,
    );
    const larger = async (at: (name: string) => string) => {
      const config: object = JSON.parse(await readFile(at('config.json'), 'utf8'));
      await writeFile(at('config.json'), JSON.stringify({ ...config, encoder_layers: 3 }));
    };
    expect(await broken(larger)).toMatch(
      /has no parameter model\.encoder\.layers\.2\..*, by its config\.json/,
    );
  });
});
