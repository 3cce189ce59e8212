/** Questions to a Prometheus by its HTTP API. */
import { Unavailable } from '@honyaku/contracts';
import { z } from 'zod';

const Sample = z.tuple([z.number(), z.string()]);
const Series = z.object({ metric: z.record(z.string(), z.string()) });
const Answer = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(Series.extend({ value: Sample })) }),
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(Series.extend({ values: z.array(Sample) })),
    }),
    z.object({ resultType: z.literal('scalar'), result: Sample }),
  ]),
});

/** One series of an answer: its labels and its points in time, seconds since the epoch. */
export interface Answered {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [seconds: number, value: number])[];
}

export interface TimeRange {
  /** Seconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** At one moment, now when it is left out. @throws Unavailable with what Prometheus says */
export async function queryNow(url: string, expression: string, seconds?: number): Promise<Answered[]> {
  return ask(url, 'query', {
    query: expression,
    ...(seconds === undefined ? {} : { time: String(seconds) }),
  });
}

/** @throws Unavailable with what Prometheus says */
export async function queryRange(url: string, expression: string, range: TimeRange): Promise<Answered[]> {
  const { start, end, step } = range;
  return ask(url, 'query_range', {
    query: expression,
    start: String(start),
    end: String(end),
    step: String(step),
  });
}

async function ask(url: string, what: string, parameters: Record<string, string>): Promise<Answered[]> {
  const response = await fetch(`${url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
  const text = await response.text();
  if (!response.ok) throw new Unavailable(`Prometheus refuses ${parameters['query']}: ${text}`);
  const { data } = Answer.parse(JSON.parse(text));
  if (data.resultType === 'scalar') return [{ labels: {}, points: [asNumbers(data.result)] }];
  if (data.resultType === 'vector')
    return data.result.map(({ metric, value }) => ({ labels: metric, points: [asNumbers(value)] }));
  return data.result.map(({ metric, values }) => ({ labels: metric, points: values.map(asNumbers) }));
}

/** Prometheus writes `+Inf` where JavaScript has Infinity. */
function asNumbers([seconds, text]: z.output<typeof Sample>): readonly [number, number] {
  return [seconds, text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text)];
}
