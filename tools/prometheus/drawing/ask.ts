/** The answers that a panel is made of. */
import { z } from 'zod';
import { filledIn, type Variables } from '../expressions.ts';
import { type Answered, queryNow, queryRange, type TimeRange } from '../query.ts';
import { type Panel, type Target } from './panel.ts';

export interface PanelAnswer {
  readonly target: Target;
  readonly series: readonly (Answered & { readonly name: string })[];
}

/** Of each query of the panel, as Grafana would ask at the end of the range, or over it. @throws Unavailable */
export async function answersOf(
  panel: Panel,
  url: string,
  range: TimeRange,
  variables: Variables,
): Promise<PanelAnswer[]> {
  return Promise.all(
    panel.targets.map(async (target) => {
      const expression = filledIn(target.expr, variables);
      const answered = target.instant
        ? await queryNow(url, expression, range.end)
        : await queryRange(url, expression, range);
      return {
        target,
        series: answered.map((each) => ({ ...each, name: nameOf(each.labels, target.legendFormat, panel) })),
      };
    }),
  );
}

const Rename = z.object({ regex: z.string(), renamePattern: z.string() });

function nameOf(labels: Answered['labels'], legendFormat: string, { transformations }: Panel): string {
  const name = legendFormat.replaceAll(/{{(\w+)}}/g, (_, label: string) => labels[label] ?? '');
  return shortened(name, transformations);
}

/** What the panel's `renameByRegex` makes of a name. */
export function shortened(name: string, transformations: Panel['transformations']): string {
  return transformations
    .filter(({ id }) => id === 'renameByRegex')
    .map(({ options }) => Rename.parse(options))
    .reduce((text, { regex, renamePattern }) => text.replace(new RegExp(regex), renamePattern), name);
}
