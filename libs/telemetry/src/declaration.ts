/** What there is to know of a metric before there is a value: its name, type, meaning, labels. */

interface Described<Label extends string> {
  /** Prometheus's naming: `honyaku_…`, base units, `_total` for counters. */
  readonly name: string;
  /** One sentence without a full stop; says the unit where the name does not. */
  readonly help: string;
  readonly labels: readonly Label[];
}

export interface CounterDeclaration<Label extends string = string> extends Described<Label> {
  readonly type: 'counter';
}

export interface GaugeDeclaration<Label extends string = string> extends Described<Label> {
  readonly type: 'gauge';
}

export interface HistogramDeclaration<Label extends string = string> extends Described<Label> {
  readonly type: 'histogram';
  /** Upper bounds, rising, in the unit of the name. */
  readonly buckets: readonly number[];
}

export type MetricDeclaration = CounterDeclaration | GaugeDeclaration | HistogramDeclaration;

export function counter<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): CounterDeclaration<Label> {
  return { type: 'counter', name, help, labels };
}

export function gauge<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): GaugeDeclaration<Label> {
  return { type: 'gauge', name, help, labels };
}

export function histogram<const Label extends string = never>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels: readonly Label[] = [],
): HistogramDeclaration<Label> {
  return { type: 'histogram', name, help, labels, buckets };
}
