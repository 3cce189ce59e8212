import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BestBundle,
  defaultHyperparameters,
  fromJson,
  SweepView,
  TranslateResponse,
  TrialList,
  type TrialView,
  withDefaults,
} from '@honyaku/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../src/program.ts';
import { type Stack, startStack } from '../src/stack.ts';
import { RecordedTerminal } from './command-line.ts';

const networks = ['recurrent', 'transformer'] as const;
type NetworkKind = (typeof networks)[number];

let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-networks-'));
  await writeFile(join(folder, 'pairs.tsv'), generatedPairs(240));
  stack = await startStack({ folder: join(folder, '.honyaku'), workers: 2 });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
});

/** Words and their capitals. */
function generatedPairs(count: number): string {
  const line = (number: number) => {
    const words = Array.from(
      { length: 2 + (number % 4) },
      (_, at) => 'abcdefgh'[(number * (at + 3) + at) % 8],
    );
    const sentence = `${words.join(' ')} ${number}`;
    return `${sentence}\t${sentence.toUpperCase()}\n`;
  };
  return Array.from({ length: count }, (_, number) => line(number)).join('');
}

/** Both networks, each with settings of its own; the one that shall not become the best learns nothing. */
function sweepOf(best: NetworkKind): string {
  const rates = (network: NetworkKind) => (network === best ? [0.003, 0.01] : [1e-9, 1e-8]);
  return `name: best-${best}
corpus: { kind: tsv, path: pairs.tsv }
dataset: { vocabularySize: { source: 60, target: 60 }, cleaning: none }
parameters:
  network: { type: choice, values: [${networks.join(', ')}] }
  hiddenSize: 16
  batchSize: 8
  encoderLayers: { type: int, low: 1, high: 2, when: { network: transformer } }
  heads: { type: choice, values: [2, 4], when: { network: transformer } }
  activation: { type: choice, values: [swish, relu, gelu], when: { network: transformer } }
  cell: { type: choice, values: [lstm, gru], when: { network: recurrent } }
  attention: { type: choice, values: [none, general], when: { network: recurrent } }
  learningRate: { type: choice, values: [${rates('transformer').join(', ')}], when: { network: transformer } }
  weightDecay: { type: float, low: 0.001, high: 0.01, when: { network: recurrent } }
sampler: tpe
pruner: { type: asha, reductionFactor: 2 }
trials: 12
concurrency: 2
epochs: 2
runtime: { threads: 1 }
`;
}

const ofTransformer = ['encoderLayers', 'heads', 'activation', 'learningRate'] as const;
const ofRecurrent = ['cell', 'attention', 'weightDecay'] as const;
const Shown = z.object({ sweep: SweepView, trials: TrialList.shape.trials });

const honyaku = async (...words: string[]) => {
  const terminal = new RecordedTerminal(folder);
  const code = await run(words, terminal);
  expect([code, terminal.notices]).toEqual([0, expect.not.stringContaining('honyaku:')]);
  return terminal.text;
};

const networkOf = ({ config }: TrialView) => withDefaults(config.hyperparameters).network;

it.each(networks)(
  'a sweep over both networks ends with a %s one as its best, and all commands work for either',
  async (best) => {
    await writeFile(join(folder, `${best}.yaml`), sweepOf(best));
    const [id = ''] = (await honyaku('submit', `${best}.yaml`, '--watch')).split('\n');
    const { sweep, trials } = fromJson(Shown, await honyaku('show', id, '--json'), 'show');
    expect(sweep.state).toBe('completed');
    expect(trials).toHaveLength(12);
    expect(new Set(trials.map(networkOf))).toEqual(new Set(networks));
    expect(trials.filter(({ state }) => state === 'pruned').length).toBeGreaterThan(0);
    // What a condition leaves out has its default.
    const defaults = withDefaults(defaultHyperparameters);
    for (const trial of trials) {
      const others = networkOf(trial) === 'transformer' ? ofRecurrent : ofTransformer;
      expect(withDefaults(trial.config.hyperparameters)).toMatchObject(
        Object.fromEntries(others.map((name) => [name, defaults[name]])),
      );
    }

    const { config } = fromJson(BestBundle, await honyaku('best', id, '--json'), 'best');
    expect(withDefaults(config.hyperparameters).network).toBe(best);
    const answer = fromJson(TranslateResponse, await honyaku('translate', id, 'a b c', '--json'), 'answer');
    expect(answer).toMatchObject({ trialId: config.trialId, epoch: config.epoch });

    const [recurrent = '', transformer = ''] = networks.map(
      (network) => trials.find((trial) => networkOf(trial) === network && trial.epochs.length > 0)?.id,
    );
    const compared = JSON.parse(await honyaku('compare', recurrent, transformer, '--json'));
    expect(compared).toMatchObject({ scores: [{ metric: 'BLEU' }, { metric: 'chrF2' }] });
    for (const trial of [recurrent, transformer])
      expect(JSON.parse(await honyaku('reproduce', trial, '--json'))).toMatchObject({ trial, same: true });
    await honyaku('report', id, '--output', `${best}.html`);
    const report = await readFile(join(folder, `${best}.html`), 'utf8');
    for (const network of networks) expect(report).toContain(network);
  },
);
