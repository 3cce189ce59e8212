import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CollectionResult,
  NotedSweep,
  Preview,
  SweepLogList,
  SweepView,
  TrialView,
  defaultHyperparameters,
  toJson,
} from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleEpoch, exampleSweep, exampleTrial, sweepId } from '@honyaku/client/example-sweep';
import { CommandLine } from '../test/command-line.ts';
import { type FakeApi } from '@honyaku/client/fake-api';

let commandLine: CommandLine;
let api: FakeApi;
let folder: string;
beforeEach(async () => {
  commandLine = await CommandLine.open();
  ({ api, folder } = commandLine);
});
afterEach(() => commandLine.close());

const honyaku = (...words: string[]) => commandLine.honyaku(...words);

const sweep = exampleSweep('running');
const answerSweep = (route: string) => api.onJson(route, toJson(SweepView, sweep));
const trialId = `${sweepId}-0001`;

describe('requests', () => {
  it.each([
    [['cancel', sweepId], `/v1/sweeps/${sweepId}/cancel`],
    [['cancel', sweepId, '--now'], `/v1/sweeps/${sweepId}/cancel?now=true`],
    [['pause', sweepId, '--now'], `/v1/sweeps/${sweepId}/pause?now=true`],
    [['resume', sweepId], `/v1/sweeps/${sweepId}/resume`],
    [['retry-failed', sweepId], `/v1/sweeps/${sweepId}/retry-failed`],
  ])('%j posts to %s and prints the state', async (words, url) => {
    answerSweep(`POST ${url.split('?')[0]}`);
    const { code, text } = await honyaku(...words);
    expect(api.requests.map((request) => request.url)).toEqual([url]);
    expect([code, text]).toEqual([0, `${sweepId}: ${sweep.state}\n`]);
  });

  it('extend sends the totals and the space of the file, and wants at least one of them', async () => {
    answerSweep(`POST /v1/sweeps/${sweepId}/extend`);
    await writeFile(join(folder, 'space.yaml'), 'dropout: { type: choice, values: [0.1, 0.2] }\n');
    expect((await honyaku('extend', sweepId, '--trials', '9', '--parameters', 'space.yaml')).code).toBe(0);
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
      trials: 9,
      parameters: { dropout: { type: 'choice', values: [0.1, 0.2] } },
    });
    expect(await honyaku('extend', sweepId)).toMatchObject({
      code: 2,
      notices: expect.stringMatching(/--trials, --epochs/),
    });
    expect(await honyaku('extend', sweepId, '--parameters', 'none.yaml')).toMatchObject({ code: 2 });
  });

  it('add-trial sends settings as their YAML reads, and refuses what is no setting', async () => {
    answerSweep(`POST /v1/sweeps/${sweepId}/trials`);
    await honyaku('add-trial', sweepId, '--set', 'dropout=0.5', '--set', 'residual=false', '--seed', '3');
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
      trials: [{ hyperparameters: { dropout: 0.5, residual: false }, seed: 3 }],
    });
    expect(await honyaku('add-trial', sweepId, '--set', 'dropout')).toMatchObject({
      code: 2,
      notices: expect.stringMatching(/write name=value/),
    });
  });

  it('add-trial prints the notes of the API beside the result, and has them in its JSON', async () => {
    const notes = ['trials.0: has the settings and the seed 3 of trial 2, and trains the same'];
    api.onJson(`POST /v1/sweeps/${sweepId}/trials`, toJson(NotedSweep, { ...sweep, notes }));
    expect(await honyaku('add-trial', sweepId, '--seed', '3')).toMatchObject({
      code: 0,
      text: `${sweepId}: ${sweep.state}\n`,
      notices: `${notes[0]}\n`,
    });
    expect(JSON.parse((await honyaku('add-trial', sweepId, '--json')).text)).toMatchObject({ notes });
  });

  it('clone submits the specification again with its changes', async () => {
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, sweep));
    answerSweep('POST /v1/sweeps');
    const notes = ['trials: 7 trials have the same settings and repeat them with other seeds'];
    api.onJson('POST /v1/preview', toJson(Preview, { trials: 7, epochs: 14, settings: [], notes }));
    const { text, notices } = await honyaku(
      'clone',
      sweepId,
      '--set',
      'trials=7',
      '--set',
      'parameters.dropout=0.3',
    );
    const sent: unknown = JSON.parse(api.requests.at(-1)?.body ?? '');
    expect(sent).toMatchObject({ name: sweep.spec.name, trials: 7, parameters: { dropout: 0.3 } });
    expect([text, notices]).toEqual([`${sweepId}\n`, `${notes[0]}\n`]);
  });

  it('pin and unpin name a checkpoint', async () => {
    const pinned = { ...exampleTrial(1, 'completed', []), pinned: [7, 2] };
    api.onJson(`PUT /v1/trials/${trialId}/epochs/2/pin`, toJson(TrialView, pinned));
    api.onJson(`DELETE /v1/trials/${trialId}/epochs/2/pin`, toJson(TrialView, { ...pinned, pinned: [] }));
    expect((await honyaku('pin', `${trialId}:2`)).text).toBe(`${trialId}: epochs 2, 7 are pinned\n`);
    expect((await honyaku('unpin', `${trialId}:2`)).text).toBe(`${trialId}: nothing is pinned\n`);
    expect(await honyaku('pin', trialId)).toMatchObject({
      code: 2,
      notices: expect.stringMatching(/TRIAL:EPOCH/),
    });
  });
});

describe('what is shown', () => {
  it('preview shows trials, epochs, time and the settings that vary', async () => {
    const settings = [0.1, 0.2].map((dropout) => ({ ...defaultHyperparameters, dropout }));
    const shown: Preview = {
      trials: 3,
      epochs: 30,
      estimate: { workerSeconds: 3723, fromEpochs: 8 },
      settings,
      notes: ['trials: 3 trials have only 2 different settings and repeat them with other seeds'],
    };
    api.onJson('POST /v1/preview', toJson(Preview, shown));
    await writeFile(join(folder, 'sweep.yaml'), 'name: one\ncorpus: { kind: tsv, path: a.tsv }\n');
    await writeFile(join(folder, 'a.tsv'), '猫\tcat\n犬\tdog\n');
    const { code, text } = await honyaku('preview', 'sweep.yaml');
    expect(code).toBe(0);
    expect(text).toMatch(/3 trials, at most 30 epochs/);
    expect(text).toMatch(/only 2 different settings/);
    expect(text).toMatch(/1:02:03 on one worker, going by 8 epochs/);
    expect(text).toMatch(/dropout[\s\S]*0\.1[\s\S]*0\.2[\s\S]*and 1 more/);
  });

  it('log shows each decision with its rung and its reason, within 80 columns', async () => {
    const list: SweepLogList = {
      entries: [
        {
          sweepId,
          sequence: 1,
          at: '2026-01-01T00:00:00.000Z',
          events: [{ type: 'resumed' }],
          decisions: [
            {
              type: 'verdict',
              trialId,
              action: 'continue',
              unit: 'targetTokens',
              epoch: 3,
              value: 99.5,
              rung: 1_048_576,
              rank: 4,
              of: 4,
              cutOff: 80,
              reason:
                'perplexity 99.5 at epoch 3 ranks 4 of 4; the best 1 go on; the cut-off is 80 (bracket 2)',
            },
          ],
        },
      ],
    };
    api.onJson(`GET /v1/sweeps/${sweepId}/log`, toJson(SweepLogList, list));
    const { text } = await honyaku('log', sweepId);
    const lines = text.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(80);
    expect(lines[3]).toMatch(/2026-01-01 00:00:00 │ 1 +│ continue │ 1048576 │ perplexity 99\.5/);
    const reason = lines.slice(3, -1).map((line) => line.split('│').at(-2)?.trim());
    expect(reason.join(' ')).toBe(
      list.entries[0]?.decisions.map((decision) => 'reason' in decision && decision.reason)[0],
    );
  });

  it('collect prints what goes and what stays', async () => {
    const result = { removed: [{ key: 'sweeps/x/a', bytes: 2_000 }], kept: { objects: 3, bytes: 10 } };
    api.onJson(`POST /v1/sweeps/${sweepId}/collect`, toJson(CollectionResult, result));
    const { text } = await honyaku('collect', sweepId, '--dry-run');
    expect(api.requests[0]?.url).toMatch(/dryRun=true/);
    expect(text).toBe('sweeps/x/a (2.0 kB)\n1 objects (2.0 kB) would be removed, 3 (10 B) stay\n');
  });

  it('collect prints that a bucket with versions frees nothing, and what is really stored', async () => {
    const removed = [{ key: 'sweeps/x/a', bytes: 800_000 }];
    const noncurrent = { versions: 7, bytes: 4_700_000, deleteMarkers: 2 };
    const result = { removed, kept: { objects: 3, bytes: 100_000 }, noncurrent };
    api.onJson(`POST /v1/sweeps/${sweepId}/collect`, toJson(CollectionResult, result));
    const { text } = await honyaku('collect', sweepId, '--dry-run');
    expect(text).toContain('1 objects (800.0 kB) would be removed, 3 (100.0 kB) stay');
    expect(text).toContain('removing frees no room: 5.6 MB are stored, 4.7 MB of them in 7 older versions');
    expect(text).toContain('beside 2 delete markers');
    expect((await honyaku('collect', sweepId)).text).toContain('this freed no room: 4.8 MB are stored');
  });

  it('trial shows seed, settings, epochs and the command that trains it again', async () => {
    const trial = exampleTrial(1, 'completed', [exampleEpoch(1, 30, 40)], { dropout: 0.4 });
    api.onJson(`GET /v1/trials/${trialId}`, toJson(TrialView, trial));
    const { text } = await honyaku('trial', trialId);
    expect(text).toMatch(/seed 1/);
    expect(text).toMatch(/dropout=0\.4/);
    expect(text).toMatch(/30\.00.*40\.00.*aaaaaaaaaaaa/);
    expect(text).toContain(`honyaku reproduce ${trialId}`);
  });

  it('reproduce refuses a trial without epochs, and one that was copied', async () => {
    const none = exampleTrial(1, 'running', []);
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, sweep));
    api.onJson(`GET /v1/trials/${trialId}`, toJson(TrialView, none));
    expect(await honyaku('reproduce', trialId)).toMatchObject({
      code: 2,
      notices: expect.stringMatching(/no committed epoch/),
    });
    const before = defaultHyperparameters;
    const copied = {
      ...exampleTrial(1, 'completed', [exampleEpoch(1, 3, 4)]),
      exploits: [{ epoch: 1, from: `${sweepId}-0002`, before }],
    };
    api.onJson(`GET /v1/trials/${trialId}`, toJson(TrialView, copied));
    expect(await honyaku('reproduce', trialId)).toMatchObject({
      code: 2,
      notices: expect.stringMatching(/checkpoint of/),
    });
  });

  it.each([
    ['native 3f2a5b6c7d8e avx512-bf16 bfloat16', 'bfloat16'],
    ['native 3f2a5b6c7d8e avx2', 'float32'],
  ])('reproduce asks for the precision that auto came to: %s', async (kernels, precision) => {
    const runtime = { ...sweep.spec.runtime, kernels: 'native' as const, precision: 'auto' as const };
    const auto = { ...sweep, spec: { ...sweep.spec, runtime } };
    const trained = exampleTrial(1, 'completed', [{ ...exampleEpoch(1, 3, 4), kernels: [kernels] }]);
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, auto));
    api.onJson(`GET /v1/trials/${trialId}`, toJson(TrialView, trained));
    await honyaku('reproduce', trialId);
    const submitted = api.requests.find(({ method, url }) => method === 'POST' && url === '/v1/sweeps');
    expect(JSON.parse(submitted?.body ?? '')).toMatchObject({ runtime: { kernels: 'native', precision } });
  });
});
