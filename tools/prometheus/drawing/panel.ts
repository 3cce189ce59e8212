/** The parts of a dashboard’s JSON that drawing reads, and the answers that a panel is made of. */
import { z } from 'zod';
import { filledIn, type Variables } from '../expressions.ts';
import { type Answered, queryNow, queryRange, type TimeRange } from '../query.ts';

const Mappings = z.array(
  z.object({
    type: z.literal('value'),
    options: z.record(z.string(), z.object({ text: z.string(), color: z.string().optional() })),
  }),
);
type Mappings = z.output<typeof Mappings>;

const Override = z.object({
  matcher: z.object({ id: z.enum(['byName', 'byRegexp']), options: z.string() }),
  properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
});

const Target = z.object({
  refId: z.string(),
  expr: z.string(),
  legendFormat: z.string().default(''),
  instant: z.boolean().default(false),
});
type Target = z.output<typeof Target>;

const Place = z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() });
export type Place = z.output<typeof Place>;

export const Panel = z.object({
  type: z.enum(['timeseries', 'stat', 'table', 'trend']),
  title: z.string(),
  gridPos: Place,
  targets: z.array(Target),
  transformations: z.array(z.object({ id: z.string(), options: z.unknown() })).default([]),
  options: z.object({
    textMode: z.string().optional(),
    sortBy: z.array(z.object({ displayName: z.string(), desc: z.boolean().optional() })).default([]),
    legend: z.object({ placement: z.string() }).optional(),
  }),
  fieldConfig: z.object({
    defaults: z.object({
      unit: z.string(),
      decimals: z.int().optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      mappings: Mappings.default([]),
      thresholds: z
        .object({ steps: z.array(z.object({ value: z.number().nullable(), color: z.string() })) })
        .optional(),
      custom: z
        .object({
          drawStyle: z.string().optional(),
          lineInterpolation: z.string().optional(),
          stacking: z.object({ mode: z.string().optional() }).optional(),
          scaleDistribution: z.object({ type: z.string() }).optional(),
        })
        .default({}),
    }),
    overrides: z.array(Override),
  }),
});
export type Panel = z.output<typeof Panel>;

const Row = z.object({ type: z.literal('row'), title: z.string(), gridPos: Place });
type Row = z.output<typeof Row>;

export const DrawnDashboard = z.object({
  title: z.string(),
  panels: z.array(z.discriminatedUnion('type', [Row, Panel])),
});
export type DrawnDashboard = z.output<typeof DrawnDashboard>;

/** How a value is written. */
export interface Look {
  readonly unit: string;
  readonly decimals: number | undefined;
  readonly mappings: Mappings;
}

const Properties = z.object({
  unit: z.string().optional(),
  decimals: z.int().optional(),
  mappings: Mappings.optional(),
  color: z.object({ fixedColor: z.string() }).optional(),
  'custom.lineWidth': z.number().optional(),
  'custom.axisPlacement': z.string().optional(),
});

/** The panel's defaults, with its overrides for the series or column with this name. */
export function lookOf(panel: Panel, name: string) {
  const overrides = panel.fieldConfig.overrides
    .filter(({ matcher: { id, options } }) =>
      id === 'byName' ? options === name : new RegExp(`^(?:${options})$`).test(name),
    )
    .flatMap(({ properties }) => properties.map(({ id, value }) => [id, value] as const));
  const over = Properties.parse(Object.fromEntries(overrides));
  const { unit, decimals, mappings } = panel.fieldConfig.defaults;
  return {
    unit: over.unit ?? unit,
    decimals: over.decimals ?? (over.unit === undefined ? decimals : undefined),
    mappings: over.mappings ?? mappings,
    color: over.color?.fixedColor,
    width: over['custom.lineWidth'],
    right: over['custom.axisPlacement'] === 'right',
  };
}

export interface PanelAnswer {
  readonly target: Target;
  readonly series: readonly (Answered & { readonly name: string })[];
}

/** Answers to each query of the panel, asked as Grafana would: at the end of the range, or over it. @throws Unavailable */
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

/** The name after the panel's `renameByRegex`. */
export function shortened(name: string, transformations: Panel['transformations']): string {
  return transformations
    .filter(({ id }) => id === 'renameByRegex')
    .map(({ options }) => Rename.parse(options))
    .reduce((text, { regex, renamePattern }) => text.replace(new RegExp(regex), renamePattern), name);
}
