/** A panel of one number. */
import { type PanelAnswer } from './ask.ts';
import { type Panel } from './panel.ts';
import { namedColour, svgText } from './svg-text.ts';
import { valueText } from './value-text.ts';

const largest = 30;
/** Width of a letter as a share of its height, on the average. */
const letterShare = 0.56;

/** The last value of the first series, or its name where the panel shows names. */
export function drawNumber(
  panel: Panel,
  answers: readonly PanelAnswer[],
  width: number,
  height: number,
): string {
  const series = answers.flatMap((answer) => answer.series)[0];
  const value = series?.points.at(-1)?.[1];
  const { unit, decimals, mappings, thresholds } = panel.fieldConfig.defaults;
  if (!series || value === undefined) return centred('–', 'text');
  const text =
    panel.options.textMode === 'name' ? series.name : valueText(value, { unit, decimals, mappings });
  const mapped = mappings.map(({ options }) => options[String(value)]?.color).find(Boolean);
  const step = thresholds?.steps.findLast((each) => each.value === null || value >= each.value);
  return centred(text, mapped ?? step?.color ?? 'text');

  function centred(shown: string, colour: string): string {
    const size = Math.min(largest, (width - 16) / (shown.length * letterShare));
    return svgText(shown, width / 2, height / 2 + size / 3, {
      size,
      fill: namedColour(colour),
      anchor: 'middle',
      weight: 600,
    });
  }
}
