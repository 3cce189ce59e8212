import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Preview,
  DatasetReport,
  EpochList,
  SweepList,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  TrialList,
  fromJson,
  toJson,
} from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  exampleEpoch,
  exampleReport,
  exampleSweep,
  exampleTrial,
  exampleTrials,
  sweepId,
} from '@honyaku/client/example-sweep';
import { CommandLine, RecordedTerminal } from '../test/command-line.ts';
import { type FakeApi } from '@honyaku/client/fake-api';
import { run } from './program.ts';

let commandLine: CommandLine;
let api: FakeApi;
let folder: string;
beforeEach(async () => {
  commandLine = await CommandLine.open();
  ({ api, folder } = commandLine);
});
afterEach(() => commandLine.close());

const honyaku = (...words: string[]) => commandLine.honyaku(...words);

const shownPlan = {
  trials: 12,
  epochs: 240,
  settings: [],
  notes: ['trials: the grid has 20 cells; the first 12 are trained'],
};

describe('submit', () => {
  it.each([
    [
      'an unknown key',
      'name: one\ncolour: red\ncorpus: { kind: tatoeba }\n',
      /sweep\.yaml:2: unknown key colour/,
    ],
    [
      'a misspelt key',
      'name: one\ncorpus: { kind: tatoeba }\ntrails: 3\n',
      /sweep\.yaml:3: unknown key trails\. Did you mean trials\?/,
    ],
    [
      'a misspelt hyperparameter',
      'name: one\ncorpus: { kind: tatoeba }\nparameters:\n  dropout: 0.1\n  learning_rate: 0.1\n',
      /sweep\.yaml:5: unknown key learning_rate in parameters\. Did you mean learningRate\?/,
    ],
    [
      'an empty range',
      'name: one\ncorpus: { kind: tatoeba }\nparameters:\n  dropout: { type: float, low: 0.5, high: 0.1 }\n',
      /sweep\.yaml:4: parameters\.dropout: .*range is empty/,
    ],
    [
      'a wrong type',
      'name: one\nepochs: ten\ncorpus: { kind: tatoeba }\n',
      /sweep\.yaml:2: epochs: .*number/,
    ],
    [
      'a number beyond all whole numbers, once',
      'name: one\nseed: 99999999999999999999\ncorpus: { kind: tatoeba }\n',
      /^honyaku: sweep\.yaml:2: seed: must be at most 2147483647\n$/,
    ],
    [
      'a number without end',
      'name: one\ncorpus: { kind: tatoeba }\nparameters: { learningRate: .inf }\n',
      /sweep\.yaml:3: parameters\.learningRate: must be a finite number, not Infinity/,
    ],
    ['no corpus', 'name: one\n', /sweep\.yaml:1: corpus/],
    ['broken YAML', 'name: one\nepochs: 3\ntrials: [1, 2\n', /sweep\.yaml:[34]: not YAML or JSON/],
    ['an empty file', '', /sweep\.yaml:1: must be a map, not null/],
  ])('refuses %s with line and key, sends nothing and exits with 2', async (_what, text, sentence) => {
    await writeFile(join(folder, 'sweep.yaml'), text);
    const { code, notices } = await honyaku('submit', 'sweep.yaml');
    expect(notices).toMatch(sentence);
    expect(code).toBe(2);
    expect(api.requests).toEqual([]);
  });

  it.each(['submit', 'preview'])('names file and line of what the API refuses at %s', async (command) => {
    const corpus = `corpus: { digest: ${'c'.repeat(64)} }`;
    const record = { digest: 'c'.repeat(64), file: 'x', bytes: 1, pairs: 1, name: 'n', licence: 'l' };
    const languages = { sourceLanguage: 'ja', targetLanguage: 'en' };
    api.onJson(`GET /v1/corpora/${'c'.repeat(64)}`, JSON.stringify({ ...record, ...languages }));
    const message = 'parameters.layers.values.1: 2 is there already; give each value once';
    api.onJson('POST /v1/preview', JSON.stringify({ error: 'InvalidInput', message }), 400);
    const layers = 'layers:\n    type: choice\n    values:\n      - 2\n      - 2\n';
    await writeFile(join(folder, 'sweep.yaml'), `name: one\n${corpus}\nparameters:\n  ${layers}`);
    const { code, notices } = await honyaku(command, 'sweep.yaml');
    expect(notices).toContain(`sweep.yaml:8: ${message}`);
    expect(code).toBe(2);
  });

  it.each(['submit', 'preview'])(
    'names the line of a digest that the API has no corpus of at %s',
    async (command) => {
      await writeFile(join(folder, 'sweep.yaml'), `name: one\ncorpus:\n  digest: ${'d'.repeat(64)}\n`);
      const { code, notices } = await honyaku(command, 'sweep.yaml');
      expect([code, notices]).toEqual([
        2,
        `honyaku: sweep.yaml:3: corpus.digest: the API has no corpus ${'d'.repeat(64)}\n`,
      ]);
      expect(api.requests.map(({ method }) => method)).toEqual(['GET']);
    },
  );

  it('takes a trial by hand that goes with the constants of the file, and names the line of one that does not', async () => {
    const file = (layers: number) =>
      `name: one\ncorpus: { kind: tsv, path: a.tsv }\nparameters: { topState: carried }\n` +
      `trialsByHand:\n  - hyperparameters:\n      layers: ${layers}\n      topState: zero\n  - hyperparameters: { layers: 1 }\n`;
    await writeFile(join(folder, 'a.tsv'), '猫\tcat\n犬\tdog\n');
    await writeFile(join(folder, 'sweep.yaml'), file(1));
    const { code, notices } = await honyaku('preview', 'sweep.yaml');
    expect([code, notices.trim()]).toEqual([
      2,
      'honyaku: sweep.yaml:6: trialsByHand.0.hyperparameters.layers: with one layer, topState zero and no attention the decoder learns nothing of the source',
    ]);
    api.onJson('POST /v1/preview', toJson(Preview, shownPlan));
    await writeFile(join(folder, 'sweep.yaml'), file(2));
    expect(await honyaku('preview', 'sweep.yaml')).toMatchObject({ code: 0 });
  });

  it('refuses a corpus whose sides have different numbers of lines', async () => {
    await writeFile(join(folder, 'a.ja'), '猫\n犬\n');
    await writeFile(join(folder, 'a.en'), 'cat\n');
    await writeFile(
      join(folder, 'sweep.yaml'),
      'name: one\ncorpus: { kind: parallel, source: a.ja, target: a.en }\n',
    );
    const { code, notices } = await honyaku('submit', 'sweep.yaml');
    expect(notices).toMatch(/a\.(ja|en)/);
    expect(code).toBe(2);
  });

  it('names a file that is not there', async () => {
    const { code, notices } = await honyaku('submit', 'absent.yaml');
    expect(notices).toMatch(/absent\.yaml: there is no such file/);
    expect(code).toBe(2);
    expect((await honyaku('submit', '.')).notices).toMatch(/: is a folder, but a file is wanted/);
  });

  it('uploads a corpus that the API does not have and submits the file with its digest and comments', async () => {
    await writeFile(join(folder, 'a.tsv'), '猫\tcat\n犬\tdog\n');
    await writeFile(join(folder, 'sweep.yaml'), '# mine\nname: one\ncorpus: { kind: tsv, path: a.tsv }\n');
    const pairs = '猫\tcat\n犬\tdog\n';
    const digest = createHash('sha256').update(pairs).digest('hex');
    const record = { digest, file: 'x', bytes: 17, pairs: 2, sourceLanguage: 'ja', targetLanguage: 'en' };
    api.onJson(`PUT /v1/corpora/${digest}`, JSON.stringify({ ...record, name: 'n', licence: 'l' }));
    api.onJson('POST /v1/preview', toJson(Preview, shownPlan));
    api.onJson('POST /v1/sweeps', toJson(SweepView, exampleSweep('preparing')), 201);
    const { code, text, notices } = await honyaku('submit', 'sweep.yaml');
    expect(notices).toMatch(/2 pairs.* 100% sent/);
    expect(notices).toMatch(/12 trials, at most 240 epochs[\s\S]*the grid has 20 cells/);
    expect(api.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT', 'POST']);
    expect(api.requests[2]?.body).toBe(pairs);
    expect(api.requests[3]?.body).toMatch(/# mine/);
    expect(api.requests[3]?.body).toContain(digest);
    expect(text).toBe(`${sweepId}\n`);
    expect(code).toBe(0);
  });

  it('sends no corpus for a plan that the API refuses, and places the refusal in the file', async () => {
    await writeFile(join(folder, 'a.tsv'), '猫\tcat\n');
    await writeFile(join(folder, 'sweep.yaml'), 'name: one\ncorpus: { kind: tsv, path: a.tsv }\ntrials: 9\n');
    const message = 'trials: too many';
    api.onJson('POST /v1/preview', JSON.stringify({ error: 'InvalidInput', message }), 400);
    const { code, notices } = await honyaku('submit', 'sweep.yaml');
    expect([code, notices]).toEqual([2, 'honyaku: sweep.yaml:3: trials: too many\n']);
    expect(api.requests.map(({ method, url }) => `${method} ${url?.split('/', 3).join('/')}`)).toEqual([
      'GET /v1/corpora',
      'POST /v1/preview',
    ]);
  });

  describe('a corpus whose target is Japanese', () => {
    const digest = createHash('sha256').update('cat\t猫\n').digest('hex');
    const record = { digest, file: 'x', bytes: 8, pairs: 1, name: 'n', licence: 'l' };

    async function submitted(corpus: string, stored?: { sourceLanguage: string; targetLanguage: string }) {
      await writeFile(join(folder, 'a.en'), 'cat\n');
      await writeFile(join(folder, 'a.ja'), '猫\n');
      await writeFile(join(folder, 'sweep.yaml'), `name: one\ncorpus: ${corpus}\n`);
      if (stored) api.onJson(`GET /v1/corpora/${digest}`, JSON.stringify({ ...record, ...stored }));
      api.on(`PUT /v1/corpora/${digest}`, ({ url = '' }, response) => {
        const { sourceLanguage, targetLanguage } = Object.fromEntries(new URL(url, api.url).searchParams);
        response.end(JSON.stringify({ ...record, sourceLanguage, targetLanguage }));
      });
      api.onJson('POST /v1/preview', toJson(Preview, shownPlan));
      api.onJson('POST /v1/sweeps', toJson(SweepView, exampleSweep('preparing')), 201);
      const { code, notices } = await honyaku('submit', 'sweep.yaml');
      expect(code).toBe(0);
      const upload = api.requests.find(({ method }) => method === 'PUT')?.url;
      return { notices, upload, sent: api.requests.at(-1)?.body ?? '' };
    }
    const files = 'kind: parallel, source: a.en, target: a.ja';

    it('is stored by the endings of its files', async () => {
      const { notices, upload, sent } = await submitted(`{ ${files} }`);
      expect(notices).toContain('en → ja');
      expect(upload).toContain('sourceLanguage=en&targetLanguage=ja');
      expect(sent).not.toContain('languages');
    });

    it('is stored by the sweep file', async () => {
      expect((await submitted(`{ ${files}, targetLanguage: ain }`)).upload).toContain('targetLanguage=ain');
    });

    it('is unknown where nobody names it, and that is printed', async () => {
      await writeFile(join(folder, 'a.tsv'), 'cat\t猫\n');
      const { notices, upload } = await submitted('{ kind: tsv, path: a.tsv }');
      expect(upload).toContain('sourceLanguage=und&targetLanguage=und');
      expect(notices).toContain('und is unknown: name it by corpus.sourceLanguage or corpus.targetLanguage');
    });

    it('that version 0.1.0 stored as ja → en is scored as Japanese by the sweep that knows', async () => {
      const { notices, sent } = await submitted(`{ ${files} }`, {
        sourceLanguage: 'ja',
        targetLanguage: 'en',
      });
      expect(notices).toContain('en → ja, licence not stated, already stored as ja → en');
      expect(sent).toMatch(/dataset:\n {2}languages:\n {4}source: en\n {4}target: ja\n/);
      const byDigest = await submitted(`{ digest: ${digest}, sourceLanguage: en, targetLanguage: ja }`);
      expect(byDigest.sent).toMatch(/languages:\n {4}source: en\n {4}target: ja\n/);
    });

    it.each([
      ['by the endings of its files', `{ ${files} }`, '', 'en → ja'],
      ['by the sweep file', `{ ${files}, targetLanguage: ain }`, '', 'en → ain'],
      ['by its dataset', `{ ${files} }`, 'dataset: { languages: { source: de, target: fr } }\n', 'de → fr'],
    ])('is shown with its languages in a preview, %s', async (_, corpus, dataset, languages) => {
      await writeFile(join(folder, 'a.en'), 'cat\n');
      await writeFile(join(folder, 'a.ja'), '猫\n');
      await writeFile(join(folder, 'sweep.yaml'), `name: one\ncorpus: ${corpus}\n${dataset}`);
      api.onJson('POST /v1/preview', toJson(Preview, shownPlan));
      const { text } = await honyaku('preview', 'sweep.yaml');
      expect(text).toMatch(
        new RegExp(`^corpus a\\.en and a\\.ja: 1 pairs, ${languages}, licence not stated\n`),
      );
    });

    it('has the languages that the file gives to its dataset, whatever the corpus is stored with', async () => {
      const dataset = 'dataset: { languages: { source: de, target: fr } }';
      const stored = { sourceLanguage: 'ja', targetLanguage: 'en' };
      const { sent } = await submitted(`{ ${files} }\n${dataset}`, stored);
      expect(sent).toContain('languages: { source: de, target: fr }');
    });

    it('keeps the languages that it is stored with where the file names none', async () => {
      const stored = { sourceLanguage: 'en', targetLanguage: 'ja' };
      expect((await submitted(`{ digest: ${digest} }`, stored)).sent).not.toContain('languages');
    });
  });

  it('does not upload a corpus that is there and prints the id', async () => {
    const digest = 'c'.repeat(64);
    const record = { digest, file: 'x', bytes: 1, pairs: 1, sourceLanguage: 'ja', targetLanguage: 'en' };
    api.onJson(`GET /v1/corpora/${digest}`, JSON.stringify({ ...record, name: 'n', licence: 'l' }));
    api.onJson('POST /v1/preview', toJson(Preview, shownPlan));
    api.onJson('POST /v1/sweeps', toJson(SweepView, exampleSweep('preparing')), 201);
    await writeFile(join(folder, 'sweep.yaml'), `name: one\ncorpus:\n  digest: ${digest}\n`);
    const { code, text } = await honyaku('submit', 'sweep.yaml');
    expect(code).toBe(0);
    expect(text).toBe(`${sweepId}\n`);
    expect(api.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
    expect(api.requests.at(-1)?.headers['content-type']).toBe('application/yaml');
  });
});

describe('the command', () => {
  it('exits with 2 for a command or option that is not there, and for an empty path', async () => {
    expect((await honyaku('lss')).code).toBe(2);
    expect((await honyaku('ls', '--colour')).code).toBe(2);
    expect((await honyaku('up', '--port', 'high')).code).toBe(2);
    for (const words of [
      ['up', '--folder', ''],
      ['extend', sweepId, '--parameters', ''],
      ['report', sweepId, '--output', ''],
      ['best', sweepId, '--output', ' '],
    ]) {
      const { code, notices } = await honyaku(...words);
      expect(code).toBe(2);
      expect(notices).toContain('Give a path; this one is empty.');
    }
    expect((await honyaku('--help')).code).toBe(0);
  });

  it('exits with 3 when no API is known, and prints how to start one', async () => {
    const terminal = new RecordedTerminal(folder);
    expect(await run(['ls'], terminal)).toBe(3);
    expect(terminal.notices).toContain('honyaku up');
  });

  it('finds the running `up` of the nearest folder above', async () => {
    api.onJson('GET /v1/sweeps', toJson(SweepList, { sweeps: [exampleSweep('completed')] }));
    await mkdir(join(folder, '.honyaku'));
    await mkdir(join(folder, 'below'));
    await writeFile(join(folder, '.honyaku', 'api.json'), JSON.stringify({ url: api.url, token: 'secret' }));
    const terminal = new RecordedTerminal(join(folder, 'below'));
    expect(await run(['ls', '--json'], terminal)).toBe(0);
    expect(fromJson(SweepList, terminal.text, 'output').sweeps[0]?.id).toBe(sweepId);
    expect(api.requests[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('names the sweeps that the API cannot read below those that it can', async () => {
    const unreadable = [{ sweep: 'broken-1', reason: 'sweeps/broken-1/sweep.json is missing' }];
    api.onJson('GET /v1/sweeps', toJson(SweepList, { sweeps: [], unreadable }));
    expect((await honyaku('ls')).text).toBe(
      'broken-1 cannot be read: sweeps/broken-1/sweep.json is missing\n',
    );
    api.onJson('GET /v1/sweeps', toJson(SweepList, { sweeps: [] }));
    expect((await honyaku('ls')).text).toMatch(/^no sweeps yet/);
  });

  it.each([
    ['show', ''],
    ['log', '..'],
    ['cancel', '.'],
    ['best', '', '--output', 'best'],
    ['translate', '', 'one'],
    ['trial', ''],
    ['reproduce', ''],
    ['compare', '', ''],
    ['pin', ''],
  ])('names an id that is none, such as an unset variable, without asking: %s %j', async (...words) => {
    const { code, notices } = await honyaku(...words);
    expect([code, notices]).toEqual([
      2,
      expect.stringMatching(
        `^honyaku: (sweep id|trial id|checkpoint) "${words[1]}": (not a (sweep|trial) id|write TRIAL:EPOCH.*)\n$`,
      ),
    ]);
    expect(api.requests).toEqual([]);
  });

  it('prints an error as JSON when asked', async () => {
    const { code, notices } = await honyaku('show', 'absent', '--json');
    expect(JSON.parse(notices)).toMatchObject({ error: 'NotFound' });
    expect(code).toBe(1);
  });
});

describe('show', () => {
  const shown = () => {
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('completed')));
    api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: exampleTrials }));
    return honyaku('show', sweepId);
  };

  it('shows no best trial, and says why, when every trial has diverged, also where an earlier version stored one', async () => {
    const epoch = exampleEpoch(1, 4e22, 4.34e22);
    const diverged = { ...exampleTrial(1, 'failed', [epoch]), retryable: false, reason: 'diverged: …' };
    const best = { trialId: diverged.id, epoch: 1, heldOut: epoch.heldOut };
    const sweep = { ...exampleSweep('failed'), best };
    api.onJson('GET /v1/sweeps', toJson(SweepList, { sweeps: [sweep] }));
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, sweep));
    api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: [diverged] }));
    const { text } = await honyaku('show', sweepId);
    expect(text).toContain('no best checkpoint: every trial has diverged\n');
    expect(text).not.toMatch(/★|best: /);
    expect((await honyaku('ls')).text).not.toContain('4.34e+22');
    expect((await honyaku('report', sweepId)).code).toBe(0);
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('no best checkpoint: every trial has diverged');
    expect(page).not.toContain('class="best"');
  });

  it('shows how many translations of the whole test set were cut, once that is scored, not of the sample', async () => {
    const { best, ...sweep } = exampleSweep('completed');
    if (!best) throw new Error('the example has a best epoch');
    const heldOut = (truncated: number, sentences: number) => ({
      ...best.heldOut,
      translations: { ...best.heldOut.translations, truncated, sentences },
    });
    const scored = { ...best, heldOut: heldOut(31, 4_000), wholeScore: { state: 'done' as const } };
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, { ...sweep, best: scored }));
    api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: exampleTrials }));
    const epochs = [{ ...exampleEpoch(1, 5, 5), heldOut: heldOut(7, 500), samples: [] }];
    api.onJson(`GET /v1/trials/${best.trialId}/epochs`, toJson(EpochList, { epochs }));
    const { text } = await honyaku('show', sweepId);
    expect(text).toContain('of 4000 sentences');
    expect(text).toContain('31 of 4000 held-out translations were cut');
    expect(text).not.toContain('7 of 500');
  });

  it('shows that most of the test was trained on, and how BLEU is tokenized', async () => {
    const report: DatasetReport = {
      sourceLanguage: 'und',
      targetLanguage: 'und',
      bleuTokenization: 'char',
      pairs: { train: 800, test: 200 },
      skipped: { tooLong: 0, invisible: 0 },
      overlap: { pairs: 195, sources: 195, targets: 195 },
      outsideTokenizers: { source: 0, target: 0 },
    };
    api.onJson(`GET /v1/sweeps/${sweepId}/dataset`, toJson(DatasetReport, report));
    const { text } = await shown();
    expect(text).toContain('test pairs that are in training too: 195 of 200');
    expect(text).toContain('BLEU tokenization: char (by the script of the target');
    expect(text).not.toContain('left out');
  });

  it('shows the look-up beside the best BLEU and below the table', async () => {
    const report: DatasetReport = { ...exampleReport, lookUp: { test: 9.5 } };
    api.onJson(`GET /v1/sweeps/${sweepId}/dataset`, toJson(DatasetReport, report));
    const { text } = await shown();
    expect(text).toContain('test ppl 70.28, BLEU 12.30 (look-up 9.50) of 20 sentences\n');
    expect(text).toContain('look-up, the translation of the most similar training sentence: BLEU 9.50\n');
    expect(text).not.toContain('translates worse');
  });

  it('shows a sweep whose dataset has no report too', async () => {
    const { code, text } = await shown();
    expect(code).toBe(0);
    expect(text).not.toContain('dataset:');
  });

  it('shows what Redis has when the bucket is silent, and asks it for nothing else', async () => {
    const message = 'the object store at http://s3 does not answer as it should (ETIMEDOUT)';
    const away = JSON.stringify({ error: 'Unavailable', message });
    api.onJson(`GET /v1/sweeps/${sweepId}/dataset`, away, 503);
    const { code, text, notices } = await shown();
    expect(code).toBe(0);
    expect(text).toContain(`${sweepId}: completed`);
    expect(notices).toBe(`the report on the dataset cannot be read: ${message}\n`);
    expect(api.requests.map(({ url }) => url).filter((url) => url.endsWith('/epochs'))).toEqual([]);
  });
});

describe('translate', () => {
  function answerInCapitals(): void {
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('completed')));
    api.on(`POST /v1/sweeps/${sweepId}/translate`, (_request, response, body) => {
      const { sentences } = fromJson(TranslateRequest, body, 'body');
      const translations = sentences.map((source) => ({ source, output: source.toUpperCase() }));
      response.end(toJson(TranslateResponse, { trialId: `${sweepId}-0001`, epoch: 1, translations }));
    });
  }

  async function translate(input: string, ...words: string[]) {
    const terminal = new RecordedTerminal(folder, { HONYAKU_API_URL: api.url }, input);
    const code = await run(['translate', sweepId, ...words], terminal);
    return { code, text: terminal.text, notices: terminal.notices };
  }

  it('translates the lines of standard input, 64 at a time', async () => {
    answerInCapitals();
    const lines = Array.from({ length: 70 }, (_, index) => `line ${index}`);
    const { code, text } = await translate(lines.join('\n'));
    expect(code).toBe(0);
    expect(text).toBe(lines.map((line) => `${line.toUpperCase()}\n`).join(''));
    expect(api.requests).toHaveLength(2);
  });

  it.each([
    ['blank lines', 'one\n\n \n\u200B\nfive\n', 'ONE\n\n\n\nFIVE\n'],
    ['only blank lines', '\n\n', '\n\n'],
    ['a carriage return in a line', 'one\rand two\nthree\r\n', 'ONE\rAND TWO\nTHREE\n'],
    ['a line separator in a line', 'one\u2028and two\u2029\nthree', 'ONE\u2028AND TWO\u2029\nTHREE\n'],
    ['a byte order mark', '\uFEFFone\n', 'ONE\n'],
  ])('prints a line for each line of standard input with %s', async (_, input, output) => {
    answerInCapitals();
    expect(await translate(input)).toEqual({ code: 0, text: output, notices: '' });
  });

  it('prints a line for each sentence that it is given, blank ones too', async () => {
    answerInCapitals();
    expect((await translate('', 'one', '', 'three')).text).toBe('ONE\n\nTHREE\n');
    const { text } = await translate('one\n\nthree\n', '--json');
    const { translations } = fromJson(TranslateResponse, text, 'output');
    expect(translations.map(({ output }) => output)).toEqual(['ONE', '', 'THREE']);
  });

  it('names lines that are too long, leaves theirs blank, and translates all others', async () => {
    answerInCapitals();
    const long = 'x'.repeat(5_001);
    const input = [...Array.from({ length: 70 }, () => 'short'), long, 'last', `${long}y`].join('\n');
    const { code, text, notices } = await translate(input);
    expect([code, text]).toEqual([1, `${'SHORT\n'.repeat(70)}\nLAST\n\n`]);
    expect(notices.trimEnd().split('\n')).toEqual([
      'line 71: was not translated, since it has 5001 characters, and a sentence may have 5000; split it',
      'line 73: was not translated, since it has 5002 characters, and a sentence may have 5000; split it',
    ]);
    const asJson = await translate(`one\n${long}\n`, '--json');
    expect(asJson.code).toBe(1);
    expect(fromJson(TranslateResponse, asJson.text, 'output').translations).toEqual([
      { source: 'one', output: 'ONE' },
      { source: long, output: '', tooLong: true },
    ]);
  });

  it('names the translations that were cut, and asks for as many tokens as --max-tokens allows', async () => {
    let asked: TranslateRequest | undefined;
    api.on(`POST /v1/sweeps/${sweepId}/translate`, (_request, response, body) => {
      asked = fromJson(TranslateRequest, body, 'body');
      const translations = asked.sentences.map((source, index) => ({
        source,
        output: 'x',
        ...(index === 1 ? { truncated: true as const } : {}),
      }));
      response.end(toJson(TranslateResponse, { trialId: `${sweepId}-0001`, epoch: 1, translations }));
    });
    const { text, notices } = await translate('one\n\nthree\n', '--max-tokens', '200');
    expect(asked?.maxTokens).toBe(200);
    expect(text).toBe('x\n\nx\n');
    expect(notices).toBe('line 3: the translation was cut before its end; see --max-tokens\n');
    await translate('one\ntwo\n');
    expect(asked).not.toHaveProperty('maxTokens');
  });

  it('ends with an error when the API leaves a sentence out', async () => {
    const answer: TranslateResponse = { trialId: `${sweepId}-0001`, epoch: 1, translations: [] };
    api.onJson(`POST /v1/sweeps/${sweepId}/translate`, toJson(TranslateResponse, answer));
    const { code, notices } = await translate('one\n');
    expect([code, notices]).toEqual([1, expect.stringContaining('no translation of line 1')]);
  });

  it('asks for fewer sentences at once with a wider beam', async () => {
    answerInCapitals();
    expect((await translate('one\ntwo\nthree\n', '--beam-size', '32')).text).toBe('ONE\nTWO\nTHREE\n');
    expect(api.requests).toHaveLength(2);
  });

  it('hands on how to decode, and names an option that is not allowed without asking', async () => {
    let asked: TranslateRequest | undefined;
    api.on(`POST /v1/sweeps/${sweepId}/translate`, (_request, response, body) => {
      asked = fromJson(TranslateRequest, body, 'body');
      const translations = [{ source: '犬', output: 'dog' }];
      response.end(toJson(TranslateResponse, { trialId: `${sweepId}-0001`, epoch: 1, translations }));
    });
    const dog = (...options: string[]) => translate('', '犬', ...options);
    expect((await dog('--beam-size', '4', '--length-penalty', '1.5')).code).toBe(0);
    expect(asked).toMatchObject({ sentences: ['犬'], beamSize: 4, lengthPenalty: 1.5, sample: false });
    expect((await dog('--sample', '--top-k', '9', '--temperature', '0.5')).code).toBe(0);
    expect(asked).toMatchObject({ sample: true, topK: 9, topP: 1, temperature: 0.5, beamSize: 1 });
    expect((await dog('--beam-size', '4', '--normalize', '1', '--patience', '2')).code).toBe(0);
    expect(asked).toMatchObject({ beamSize: 4, lengthPenalty: 0.6, normalize: 1, patience: 2 });
    for (const [words, problem] of [
      [['--sample', '--top-p', '2'], 'topP'],
      [['--patience', '1'], '--patience: has no effect without --beam-size above 1'],
      [
        ['--beam-size', '4', '--normalize', '1', '--length-penalty', '0.6'],
        '--normalize: cannot be combined with --length-penalty',
      ],
      [['--top-k', '5'], '--top-k: has no effect without --sample'],
      [['--temperature', '0.1', '--seed', '1'], '--seed: has no effect without --sample'],
      [['--length-penalty', '0.6'], '--length-penalty: has no effect without --beam-size above 1'],
      [['--temperature', 'hot'], 'temperature'],
      [['--sample', '--beam-size', '4'], 'sample: cannot be combined with a beamSize above 1'],
    ] as const) {
      const { code, notices } = await dog(...words);
      expect([code, notices]).toEqual([2, expect.stringContaining(problem)]);
    }
    expect(api.requests).toHaveLength(3);
  });
});
