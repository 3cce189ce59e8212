import {
  Cancelled,
  DatasetReport,
  ErrorBody,
  LiveEvent,
  Readiness,
  SweepView,
  TrialList,
  fromJson,
  routes,
  storedDataset,
  toJson,
} from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  exampleEpochs,
  exampleReport,
  exampleSweep,
  exampleTrial,
  exampleTrials,
  sweepId,
} from '@honyaku/client/example-sweep';
import { exampleHeldOut } from '@honyaku/contracts/examples';
import { FakeApi } from '@honyaku/client/fake-api';
import { ApiClient } from '@honyaku/client';
import { RecordedTerminal } from '../../test/command-line.ts';
import { run } from '../program.ts';
import { barText } from './progress-bars.ts';
import { watchSweep } from '../commands/watch.ts';

const running = exampleTrial(1, 'running', exampleEpochs.slice(0, 1));
const progress = {
  trialId: running.id,
  epoch: 2,
  step: 61,
  steps: 100,
  targetTokensPerSecond: 412.4,
  perplexity: 149.26,
  elapsedSeconds: 42,
  worker: 'worker-1',
};
const events: LiveEvent[] = [
  { type: 'sweep', sweep: exampleSweep('preparing') },
  { type: 'sweep', sweep: exampleSweep('running') },
  { type: 'trial', trial: exampleTrial(1, 'running', []) },
  { type: 'trial', trial: running },
  { type: 'trial', trial: running },
  { type: 'progress', progress },
  { type: 'sweep', sweep: exampleSweep('completed') },
];

let api: FakeApi;
let terminal: RecordedTerminal;
beforeEach(async () => {
  api = await FakeApi.start();
  terminal = new RecordedTerminal('/');
  api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: exampleTrials }));
});
afterEach(() => api.close());

function serve(sent: readonly LiveEvent[]): void {
  api.on('GET /v1/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of sent) response.write(`event: ${event.type}\ndata: ${toJson(LiveEvent, event)}\n\n`);
  });
}

describe('watch', () => {
  it('prints a line for each finished epoch and change of state where the output is no terminal', async () => {
    serve(events);
    const code = await run(['--api', api.url, 'watch', sweepId], terminal);
    expect(code).toBe(0);
    expect(terminal.text.trimEnd().split('\n')).toEqual([
      `sweep ${sweepId} is preparing its dataset`,
      `sweep ${sweepId} runs`,
      'trial 0001 runs',
      'trial 0001 epoch 1/2 0:42 ppl train: 149.26, test: 90.66, BLEU 12.30 of 20 sentences',
      // What the event of the end overtook:
      'trial 0001 epoch 2/2 0:42 ppl train: 85.17, test: 70.28, BLEU 12.30 of 20 sentences',
      'trial 0001 is completed',
      'trial 0002 epoch 1/2 0:42 ppl train: NaN, test: Infinity, BLEU 12.30 of 20 sentences',
      'trial 0002 has failed',
      `sweep ${sweepId} is completed: best is trial 0001 after epoch 2, test ppl 70.28, BLEU 12.30 of 20 sentences`,
    ]);
  });

  it('names the dev set of each epoch, and at the end the test set beside the look-up, with why it is not reached', async () => {
    const grouped = (sweep: SweepView): SweepView => ({
      ...sweep,
      spec: { ...sweep.spec, dataset: storedDataset(sweep.spec.dataset) },
    });
    const { best, ...completed } = exampleSweep('completed');
    if (!best) throw new Error('there is a best epoch');
    const scored = { ...best, test: exampleHeldOut(71.5), wholeScore: { state: 'done' as const } };
    serve([
      { type: 'sweep', sweep: grouped(exampleSweep('running')) },
      { type: 'sweep', sweep: grouped({ ...completed, best: scored }) },
    ]);
    api.onJson(
      `GET /v1/sweeps/${sweepId}/dataset`,
      toJson(DatasetReport, { ...exampleReport, lookUp: { dev: 14.7, test: 15.2 } }),
    );
    await run(['--api', api.url, 'watch', sweepId], terminal);
    const firstEpoch = 'trial 0001 epoch 1/2 0:42 ppl train: 149.26, dev: 90.66, BLEU 12.30 of';
    expect(terminal.text).toContain(firstEpoch);
    expect(terminal.text.trimEnd().split('\n').slice(-2)).toEqual([
      `sweep ${sweepId} is completed: best is trial 0001 after epoch 2, test ppl 71.50, BLEU 12.30 (look-up 15.20) of 20 sentences; dev ppl 70.28, BLEU 12.30 (look-up 14.70)`,
      expect.stringMatching(
        /^the best epoch translates worse than the look-up \(BLEU 12\.30 against 15\.20\)/,
      ),
    ]);
    // Of a sweep that has ended there is that event alone.
    serve([{ type: 'sweep', sweep: grouped(completed) }]);
    const ended = new RecordedTerminal('/');
    await run(['--api', api.url, 'watch', sweepId], ended);
    expect(ended.text).toContain(firstEpoch);
  });

  it('prints live events as JSON lines', async () => {
    serve(events);
    expect(await run(['--api', api.url, 'watch', sweepId, '--json'], terminal)).toBe(0);
    const lines = terminal.text.trimEnd().split('\n');
    const read = lines.map((line) => fromJson(LiveEvent, line, 'line'));
    expect(read.map(({ type }) => type)).toEqual([
      'sweep',
      'sweep',
      'trial',
      'trial',
      'trial',
      'progress',
      'trial',
      'trial',
      'sweep',
    ]);
  });

  it('exits with 1 when the sweep failed', async () => {
    serve([{ type: 'sweep', sweep: { ...exampleSweep('failed'), reason: 'the dataset could not be made' } }]);
    expect(await run(['--api', api.url, 'watch', sweepId], terminal)).toBe(1);
    expect(terminal.text).toContain('has failed: the dataset could not be made');
  });

  it('prints why a running sweep makes no progress', async () => {
    const stuck = { ...exampleSweep('running'), reason: 'log/00000012.json is not JSON' };
    const states = [exampleSweep('running'), stuck, stuck, exampleSweep('completed')];
    serve(states.map((sweep) => ({ type: 'sweep', sweep })));
    expect(await run(['--api', api.url, 'watch', sweepId], terminal)).toBe(0);
    expect(terminal.text.split('\n').filter((line) => line.includes('runs'))).toEqual([
      `sweep ${sweepId} runs`,
      `sweep ${sweepId} runs: log/00000012.json is not JSON`,
    ]);
  });

  it('prints once that the best epoch is scored on the whole test set, as show does', async () => {
    const { best, ...running } = exampleSweep('running');
    if (!best) throw new Error('there is a best epoch');
    const scoring = { ...running, best: { ...best, wholeScore: { state: 'pending' as const } } };
    const ended = exampleSweep('completed');
    serve([running, scoring, scoring, ended].map((sweep) => ({ type: 'sweep', sweep })));
    expect(await run(['--api', api.url, 'watch', sweepId], terminal)).toBe(0);
    expect(terminal.text.split('\n').filter((line) => line.includes('runs'))).toEqual([
      `sweep ${sweepId} runs`,
      `sweep ${sweepId} runs: its best epoch is scored on the whole test set`,
    ]);
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, scoring));
    await run(['--api', api.url, 'show', sweepId], terminal);
    expect(terminal.text).toContain(`${sweepId}: running (its best epoch is scored on the whole test set)`);
  });

  it('prints once why nothing comes while the API is not ready, and again when that happens again', async () => {
    serve(events.slice(0, 3));
    const asked = () => api.requests.filter(({ url }) => url === routes.ready.path).length;
    const unready = (message: string) =>
      api.onJson('GET /readyz', toJson(ErrorBody, { error: 'Unavailable', message }), 503);
    const askedTwiceMore = async () => {
      const before = asked();
      await expect.poll(asked).toBeGreaterThan(before + 1);
    };
    unready('Redis does not answer');
    const ended = watchSweep(new ApiClient({ url: api.url }), sweepId, terminal, { quietMilliseconds: 1 });
    await expect.poll(() => terminal.notices).not.toBe('');
    await askedTwiceMore();
    api.onJson('GET /readyz', toJson(Readiness, { status: 'ok' }));
    await askedTwiceMore();
    unready('the bucket does not answer');
    await expect.poll(() => terminal.notices).toContain('bucket');
    terminal.pressControlC();
    await expect(ended).rejects.toThrow(Cancelled);
    expect(terminal.notices.trimEnd().split('\n')).toEqual([
      `sweep ${sweepId} waits: Redis does not answer`,
      `sweep ${sweepId} waits: the bucket does not answer`,
    ]);
  });

  it('leaves the sweep running at Ctrl-C, prints so and exits with 130', async () => {
    serve(events.slice(0, 3));
    const ended = run(['--api', api.url, 'watch', sweepId], terminal);
    await expect.poll(() => terminal.text).toContain('trial 0001 runs');
    terminal.pressControlC();
    expect(await ended).toBe(130);
    expect(terminal.notices).toContain('goes on');
    expect(api.requests.some(({ url }) => url.includes('cancel'))).toBe(false);
  });

  it('is Cancelled for callers', async () => {
    serve(events.slice(0, 1));
    const ended = watchSweep(new ApiClient({ url: api.url }), sweepId, terminal);
    terminal.pressControlC();
    await expect(ended).rejects.toThrow(Cancelled);
  });
});

describe('barText', () => {
  it('has epoch, bar, elapsed and left time, speed and both perplexities', () => {
    expect(stripColour(barText({ trial: running, set: 'test', progress }, 120))).toBe(
      'trial 0001 epoch 2/2 |████████████────────| 61% 0:42<0:27 412 tok/s ppl train: 149.26, test: 90.66',
    );
  });

  it.each([
    [100, /^trial 0001 epoch 2\/2 \|█+─+\| 61% 0:42<0:27 412 tok\/s ppl train: 149\.26, test: 90\.66$/],
    [80, /^trial 0001 epoch 2\/2 \|█+─+\| 61% 0:42<0:27 ppl train: 149\.26, test: 90\.66$/],
    [70, /^trial 0001 epoch 2\/2 \|█+─+\| 61% ppl train: 149\.26, test: 90\.66$/],
    [60, /^trial 0001 epoch 2\/2 61% ppl train: 149\.26, test: 90\.66$/],
    [40, /^trial 0001 epoch 2\/2 61% ppl train: 14…$/],
  ])('keeps the perplexities on a terminal of %d columns, and fits into them', (columns, expected) => {
    const text = stripColour(barText({ trial: running, set: 'test', progress }, columns));
    expect(text).toMatch(expected);
    expect(text.length).toBeLessThan(columns);
  });
});

describe('show', () => {
  it('marks the best trial and has a column for what varies only', async () => {
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('completed')));
    expect(await run(['--api', api.url, 'show', sweepId], terminal)).toBe(0);
    expect(terminal.text).toMatch(/1 ★ +│ completed +│ 0\.001 +│ 2\/2 +│ 85\.17 +│ 70\.28/);
    expect(terminal.text).toMatch(/2 +│ failed +│ 0\.1 +│ 1\/2 +│ NaN +│ Infinity/);
    expect(terminal.text).not.toContain('hiddenSize');
  });
});

function stripColour(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');
}
