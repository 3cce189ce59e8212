/** A sweep's report as one HTML page that loads nothing: charts are SVG in the page, there is no script. */
import { readFileSync } from 'node:fs';
import {
  type CorpusRecord,
  type DatasetReport,
  type EpochView,
  type SweepView,
  type TrialView,
  unknownLanguage,
  withDefaults,
} from '@honyaku/contracts';
import {
  datasetTexts,
  collapseText,
  scoreText,
  scoringText,
  truncationText,
  durationText,
  heldOutSetOf,
  perplexityText,
  settingText,
  noBestText,
  reproduceCommand,
} from '../texts.ts';
import { belowLookUpText, lookUpText, startText } from '../best-texts.ts';
import { settingsOf, varyingParameters } from '../tables.ts';
import { facts } from './facts.ts';
import { learningCurves, parameterScatters } from './charts.ts';
import { Html, html } from './html.ts';

export interface ReportData {
  readonly sweep: SweepView;
  readonly trials: readonly TrialView[];
  /** Epochs of the best trial, with its sample translations. */
  readonly bestEpochs: readonly EpochView[];
  readonly corpus: CorpusRecord | undefined;
  readonly dataset: DatasetReport | undefined;
  readonly writtenAt: string;
}

const style = readFileSync(new URL('./style.css', import.meta.url), 'utf8');

export function reportPage(data: ReportData): string {
  const { sweep, trials, bestEpochs, corpus, dataset, writtenAt } = data;
  const scatters = parameterScatters(trials, sweep.best?.trialId);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${sweep.id} – honyaku</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <h1>${sweep.id}</h1>
        ${facts(sweep, dataset)}
        ${[
          sweep.reason ?? '',
          scoringText(sweep),
          noBestText(sweep, trials),
          startText(trials, heldOutSetOf(sweep.spec)),
          belowLookUpText(sweep, trials, dataset),
          ...(dataset ? datasetTexts(dataset, sweep.spec) : []),
        ]
          .filter((text) => text !== '')
          .map((text) => html`<p>${text}</p>`)}
        <h2>Learning curves</h2>
        <p class="note">
          Perplexity by epoch: held-out solid, train dashed; logarithmic. A value that is not a finite number
          has no point here and stands in the table.
        </p>
        <div class="chart wide">${new Html(learningCurves(trials))}</div>
        ${
          scatters.length === 0
            ? ''
            : html`<h2>Hyperparameters against result</h2>
                <p class="note">
                  Each trial’s lowest held-out perplexity, with the trial’s number; the diamond is the best.
                </p>
                <div class="charts">
                  ${scatters.map((svg) => html`<div class="chart">${new Html(svg)}</div>`)}
                </div>`
        }
        <h2>Trials</h2>
        <div class="scroll">${trialTable(sweep, trials)}</div>
        ${trialNotes(trials, dataset)} ${samples(bestEpochs, dataset ?? corpus)}
        <footer>
          ${corpusNote(corpus, dataset)}
          <p>Written ${writtenAt} by honyaku.</p>
        </footer>
      </body>
    </html> `.text;
}

function trialTable({ best }: SweepView, trials: readonly TrialView[]): Html {
  const names = varyingParameters(settingsOf(trials));
  const heads = [...names, 'epochs', 'train', 'held-out', 'BLEU', 'chrF2', 'bits/char', 'batch mean', 'time'];
  const rows = trials.map((trial) => {
    const settings = withDefaults(trial.config.hyperparameters);
    const last = trial.epochs.at(-1);
    const cells = [
      ...names.map((name) => settingText(settings[name])),
      `${trial.epochs.length}/${trial.config.epochs}`,
      last ? perplexityText(last.train.perplexity) : '',
      last ? perplexityText(last.heldOut.perplexity) : '',
      last ? scoreText(last.heldOut.translations.bleu.score) : '',
      last ? scoreText(last.heldOut.translations.chrf.score) : '',
      last ? last.heldOut.bitsPerCharacter.toFixed(3) : '',
      last ? perplexityText(last.heldOut.perplexityBatchMean) : '',
      durationText(trial.epochs.reduce((sum, { train }) => sum + train.seconds, 0)),
    ];
    return html`<tr${new Html(trial.id === best?.trialId ? ' class="best"' : '')}><td class="number">${trial.number}</td><td>${trial.state}</td>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>
`;
  });
  return html`<table>
    <thead>
      <tr>
        <th class="number">trial</th>
        <th>state</th>
        ${heads.map((head) => html`<th class="number">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** What the cells of the table have no room for. */
function trialNotes(trials: readonly TrialView[], dataset: DatasetReport | undefined): Html {
  const notes = trials.flatMap(({ number, reason, epochs }) => {
    const translations = epochs.at(-1)?.heldOut.translations;
    const texts = translations ? [collapseText(translations), truncationText(translations)] : [];
    return [reason ?? '', ...texts]
      .filter((text) => text !== '')
      .map((text) => html`<li>trial ${number}: ${text}</li>`);
  });
  const [first] = trials;
  return html`${
      notes.length === 0
        ? ''
        : html`<ul class="notes">
            ${notes}
          </ul>`
    }
    <p class="note">
      After each trial’s last epoch; batch mean is the held-out perplexity as the notebook averages it. Bits
      per reference character alone may rank trials whose vocabularies differ. Time is that of train steps.
      ${scoringNote(trials)} ${lookUpNote(dataset)}
      ${first ? html`A trial is trained again, from its seed and settings, by <code>${reproduceCommand(first)}</code>.` : ''}
    </p>`;
}

function lookUpNote(dataset: DatasetReport | undefined): string {
  const text = lookUpText(dataset);
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

function scoringNote(trials: readonly TrialView[]): string {
  const translations = trials.flatMap(({ epochs }) => epochs).at(-1)?.heldOut.translations;
  if (!translations) return '';
  const { sentences, bleu, chrf } = translations;
  return `Scores are of the greedy translations of ${sentences} held-out sentences: BLEU ${bleu.signature}, chrF2 ${chrf.signature}.`;
}

type Languages = Pick<CorpusRecord, 'sourceLanguage' | 'targetLanguage'>;

/** How a browser reads, breaks and speaks the sentences: by their language, and in the direction of their script. */
function written(language: string | undefined): Html {
  const known = language === undefined || language === unknownLanguage ? '' : ` lang="${language}"`;
  return new Html(`${known} dir="auto"`);
}

/** One sentence after the other, and what became of it epoch by epoch. */
function samples(epochs: readonly EpochView[], languages: Languages | undefined): Html | '' {
  const unread = epochs.flatMap(({ epoch, withoutSamples }) =>
    withoutSamples === undefined ? [] : [html`<li>epoch ${epoch}: ${withoutSamples}</li>`],
  );
  const last = epochs.findLast(({ samples: translated }) => translated.length > 0);
  if (!last && unread.length === 0) return '';
  const [ofSource, ofTarget] = [written(languages?.sourceLanguage), written(languages?.targetLanguage)];
  const blocks = (last?.samples ?? []).map(({ source, reference }) => {
    const outputs = epochs.flatMap(({ epoch, samples: translated }) => {
      const sample = translated.find((each) => each.source === source);
      return sample
        ? [
            html`<tr>
              <td class="number">epoch ${epoch}</td>
              <td${ofTarget}>${sample.output}</td>
            </tr>`,
          ]
        : [];
    });
    return html`<div class="sample">
      <p class="source"${ofSource}>${source}</p>
      <p class="reference">Reference: <span${ofTarget}>${reference}</span></p>
      <table>
        ${outputs}
      </table>
    </div> `;
  });
  return html`<h2>Translations of the best trial</h2>
    <p class="note">Held-out sentences, translated greedily after each epoch.</p>
    ${
      unread.length === 0
        ? ''
        : html`<ul class="notes">
            ${unread}
          </ul>`
    }
    ${blocks}`;
}

/** A sweep may know other languages than those that the corpus was stored with. */
function corpusNote(corpus: CorpusRecord | undefined, dataset: DatasetReport | undefined): Html | '' {
  if (!corpus) return '';
  const { name, licence, pairs, digest } = corpus;
  const { sourceLanguage, targetLanguage } = dataset ?? corpus;
  return html`<p>
    Sentences from the corpus ${name} (licence: ${licence}): ${pairs.toLocaleString('en')} pairs,
    ${sourceLanguage} → ${targetLanguage}, sha256 ${digest.slice(0, 12)}….
  </p>`;
}
