import { type SampleTranslation, toJson, TranslationList, TrialView } from '@honyaku/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleEpochs, exampleTrial } from '@honyaku/client/example-sweep';
import { FakeApi } from '@honyaku/client/fake-api';
import { RecordedTerminal } from '../../test/command-line.ts';
import { run } from '../program.ts';

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await FakeApi.start();
  folder = await mkdtemp(join(tmpdir(), 'honyaku-compare-'));
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const trial = exampleTrial(1, 'completed', exampleEpochs);

const references = Array.from({ length: 60 }, (_, index) => `this is the sentence number ${index} of them`);
const listOf = (output: (reference: string, index: number) => string): SampleTranslation[] =>
  references.map((reference, index) => ({
    source: `文 ${index}`,
    output: output(reference, index),
    reference,
  }));

function serve(translations: readonly SampleTranslation[][]): void {
  api.onJson(`GET /v1/trials/${trial.id}`, toJson(TrialView, trial));
  translations.forEach((list, index) =>
    api.onJson(
      `GET /v1/trials/${trial.id}/epochs/${index + 1}/translations`,
      toJson(TranslationList, { translations: list }),
    ),
  );
}

async function compare(...words: string[]) {
  const terminal = new RecordedTerminal(folder, { HONYAKU_API_URL: api.url });
  return { code: await run(['compare', ...words], terminal), text: terminal.text, notices: terminal.notices };
}

describe('compare', () => {
  it('prints the scores of both checkpoints and that luck does not explain so large a difference', async () => {
    serve([listOf((_, index) => `sentence ${index}`), listOf((reference) => reference)]);
    const { code, text } = await compare(`${trial.id}:1`, trial.id);
    expect(code).toBe(0);
    expect(text).toContain(`${trial.id}:2`);
    expect(text).toMatch(/│ BLEU +│ \d+\.\d\d +│ 100\.00 +│ \+\d+\.\d\d +│ 0\.00\d │/);
    expect(text).toContain('BLEU: nrefs:1|case:mixed|eff:no|tok:13a');
    expect(text).toContain('over 60 sentences');
  });

  it('finds no difference between a checkpoint and itself', async () => {
    serve([listOf((reference) => reference), listOf((reference) => reference)]);
    const { text } = await compare(`${trial.id}:1`, `${trial.id}:2`);
    expect(text).toMatch(/│ BLEU +│ 100\.00 +│ 100\.00 +│ \+0\.00 +│ 1\.000 │/);
  });

  it('refuses checkpoints of other sentences, and epochs that are not there', async () => {
    serve([listOf((reference) => reference), listOf((reference) => reference).slice(1)]);
    const { code, notices } = await compare(`${trial.id}:1`, `${trial.id}:2`);
    expect([code, notices]).toEqual([2, expect.stringContaining('were not evaluated on the same sentences')]);
    expect((await compare(`${trial.id}:9`, trial.id)).notices).toContain('has the epochs 1 to 2');
    expect((await compare('nothing', trial.id)).code).toBe(2);
  });
});
