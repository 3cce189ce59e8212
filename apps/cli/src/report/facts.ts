/** What a report says first: how far the sweep is, and its best epoch's results. */
import { type BestEpoch, type DatasetReport, type SweepView } from '@honyaku/contracts';
import { bleuScoreText, countText, heldOutSetOf, perplexityText } from '../texts.ts';
import { type Html, html } from './html.ts';

/** With those of the test set first, if the best epoch has them beside those of the dev set. */
function heldOutFacts(
  { heldOut, test }: Pick<BestEpoch, 'heldOut' | 'test'>,
  spec: SweepView['spec'],
  lookUp: DatasetReport['lookUp'],
): [name: string, value: string][] {
  const set = heldOutSetOf(spec);
  const measured = [...(test ? [['test', test] as const] : []), [set, heldOut] as const];
  return measured.flatMap(([name, { perplexity, bitsPerCharacter, translations }]) => {
    const of = countText(translations.sentences, `${name} sentence`);
    return [
      [`${name} perplexity`, perplexityText(perplexity)],
      [`${name} bits per character`, bitsPerCharacter.toFixed(3)],
      [`BLEU of ${of}`, bleuScoreText(translations, lookUp?.[name])],
    ];
  });
}

export function facts(
  { state, trials, epochsDone, spec, best }: SweepView,
  dataset: DatasetReport | undefined,
): Html {
  const fact = (name: string, value: string) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<dl class="facts">
    ${[
      fact('state', state),
      fact('trials completed', `${trials.completed} of ${trials.planned}`),
      fact('epochs', `${epochsDone} of ${trials.planned * spec.epochs}`),
      ...(best
        ? [
            fact(
              'best',
              `trial ${best.trialId.slice(best.trialId.lastIndexOf('-') + 1)}, epoch ${best.epoch}`,
            ),
            ...heldOutFacts(best, spec, dataset?.lookUp).map(([name, value]) => fact(name, value)),
          ]
        : []),
    ]}
  </dl>`;
}
