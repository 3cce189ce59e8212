import { storedDataset } from '@honyaku/contracts';
import { exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import {
  exampleEpochs,
  exampleReport,
  exampleSweep,
  exampleTrial,
  exampleTrials,
} from '@honyaku/client/example-sweep';
import { type ReportData, reportPage } from './page.ts';

const data: ReportData = {
  sweep: exampleSweep('completed'),
  trials: exampleTrials,
  bestEpochs: exampleEpochs,
  corpus: {
    digest: 'a'.repeat(64),
    file: 'pairs.tsv',
    bytes: 1,
    pairs: 203_308,
    sourceLanguage: 'ja',
    targetLanguage: 'en',
    name: 'Tatoeba',
    licence: 'CC BY 2.0 FR',
  },
  dataset: {
    sourceLanguage: 'en',
    targetLanguage: 'und',
    bleuTokenization: 'char',
    pairs: { train: 780, test: 195 },
    skipped: { tooLong: 2, invisible: 3 },
    overlap: { pairs: 190, sources: 192, targets: 195 },
    outsideTokenizers: { source: 4, target: 0 },
  },
  writtenAt: '2026-01-01T00:00:00.000Z',
};
const page = reportPage(data);

describe('reportPage', () => {
  it('loads nothing from anywhere', () => {
    expect(page).not.toMatch(/<(script|link|img|iframe)|url\((?!#)|@import|(src|href)=/i);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:/);
  });

  it('has the learning curves and a chart for the hyperparameter that varies', () => {
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page).toContain('learningRate');
    expect(page).not.toContain('hiddenSize');
  });

  it('shows NaN and infinity in the table and leaves them out of the charts', () => {
    expect(page).toMatch(/<td class="number">NaN<\/td>\s*<td class="number">Infinity<\/td>/);
    for (const [svg] of page.matchAll(/<svg.*?<\/svg>/gs)) expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('escapes sentences and shows them by epoch with their reference', () => {
    expect(page).toContain('猫 &lt;b&gt;');
    expect(page).toContain('cat &amp; epoch 1');
    expect(page).toContain('cat &amp; epoch 2');
    expect(page).toContain('A &quot;cat&quot;.');
  });

  it('marks sentences with their language, and none where that is unknown', () => {
    expect(page).toContain('<p class="source" lang="en" dir="auto">猫 &lt;b&gt;</p>');
    expect(page).toMatch(/<td dir="auto">cat &amp; epoch 1<\/td>/);
    const byCorpus = reportPage({ ...data, dataset: undefined });
    expect(byCorpus).toContain('<p class="source" lang="ja" dir="auto">');
    expect(byCorpus).toContain('<span lang="en" dir="auto">A &quot;cat&quot;.</span>');
  });

  it('names the epochs whose samples cannot be read, and shows those of the others', () => {
    const [first, last] = exampleEpochs;
    if (!first || !last) throw new Error('two epochs');
    const unread = { ...last, samples: [], withoutSamples: 'evaluation.json is not JSON' };
    const partly = reportPage({ ...data, bestEpochs: [first, unread] });
    expect(partly).toContain(`<li>epoch ${last.epoch}: evaluation.json is not JSON</li>`);
    expect(partly).toContain('cat &amp; epoch 1');
  });

  it('names the corpus and its licence', () => {
    expect(page).toContain('Tatoeba (licence: CC BY 2.0 FR)');
  });

  it('names languages, what was left out, and how much of the test was trained on', () => {
    expect(page).toContain('en → und, 780 pairs to train and 195 to test, BLEU tokenization: char');
    expect(page).toMatch(/203,308 pairs,\s+en →\s+und/);
    expect(page).toContain(
      'in training too: 190 of 195; test pairs whose source is in training too: 192 of 195; test pairs whose target',
    );
    expect(page).toContain('2 pairs skipped: longer than dataset.maxTokens');
    expect(page).toContain('3 pairs skipped: one side is blank');
    expect(page).toContain('4 source and 0 target sentences');
  });

  it('has the results of the test set, then those of the dev set, each beside the look-up', () => {
    const dataset = { ...exampleReport, lookUp: { dev: 14.7, test: 15.2 } };
    const { best, ...sweep } = data.sweep;
    if (!best) throw new Error('there is a best epoch');
    const grouped = {
      ...sweep,
      spec: { ...sweep.spec, dataset: storedDataset(sweep.spec.dataset) },
      best: { ...best, test: exampleHeldOut(71.5) },
    };
    const shown = reportPage({ ...data, sweep: grouped, dataset });
    const facts = [...shown.matchAll(/<dt>(.*?)<\/dt>\s*<dd>(.*?)<\/dd>/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(facts.slice(4)).toEqual([
      ['test perplexity', '71.50'],
      ['test bits per character', '1.540'],
      ['BLEU of 20 test sentences', '12.30 (look-up 15.20)'],
      ['dev perplexity', '70.28'],
      ['dev bits per character', expect.any(String)],
      ['BLEU of 20 dev sentences', '12.30 (look-up 14.70)'],
    ]);
    expect(shown).toContain('the best epoch translates worse than the look-up (BLEU 12.30 against 15.20)');
    expect(shown).toContain('Look-up, the translation of the most similar training sentence: BLEU 14.70 on');
  });

  it('says of how many sentences BLEU is', () => {
    expect(page).toMatch(/<dt>BLEU of 20 test sentences<\/dt>\s*<dd>12\.30<\/dd>/);
    expect(page).not.toContain('a sample of');
    const spec = { ...data.sweep.spec, evaluation: { sentences: 20 } };
    const sampled = reportPage({ ...data, sweep: { ...data.sweep, spec } });
    expect(sampled).toContain('BLEU after each epoch is of a sample of 20 of 195 test pairs');
  });

  it('rounds the labels of axes', () => {
    const trials = [0.004165956794437836, 0.02474981331262362, 0.3, 0.009, 0.1, 0.05, 0.011].map(
      (learningRate, at) => {
        const trial = exampleTrial(at + 1, 'completed', exampleEpochs);
        const hyperparameters = { ...trial.config.hyperparameters, learningRate };
        return { ...trial, config: { ...trial.config, hyperparameters } };
      },
    );
    const labels = reportPage({ ...data, trials }).matchAll(/<text[^>]*>([\d.]+)<\/text>/g);
    expect([...labels].map(([, label = '']) => label).filter((label) => label.length > 8)).toEqual([]);
  });

  it('has what happened to a trial below the table, not in it', () => {
    const [trial = exampleTrial(1, 'pruned', [])] = exampleTrials;
    const shown = reportPage({ ...data, trials: [{ ...trial, state: 'pruned', reason: 'ranks last' }] });
    expect(shown).toContain('<td>pruned</td>');
    expect(shown).toContain('<li>trial 1: ranks last</li>');
    expect(shown).toContain(`honyaku reproduce ${trial.id}`);
  });

  it('can be written of a sweep without any result', () => {
    const { best, ...sweep } = exampleSweep('preparing');
    expect(
      reportPage({ ...data, sweep, trials: [], bestEpochs: [], corpus: undefined, dataset: undefined }),
    ).toContain('preparing');
  });
});
