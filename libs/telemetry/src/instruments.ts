/** prom-client's instruments, made from declarations. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type CounterDeclaration, type GaugeDeclaration, type HistogramDeclaration } from './declaration.ts';

/** A counter of the registry; without labels it is exported as 0 at once. */
export function counterIn<Label extends string>(
  registry: Registry,
  declaration: CounterDeclaration<Label>,
): Counter<Label> {
  return new Counter(described(registry, declaration));
}

export function gaugeIn<Label extends string>(
  registry: Registry,
  declaration: GaugeDeclaration<Label>,
): Gauge<Label> {
  return new Gauge(described(registry, declaration));
}

/** A gauge whose value is asked for at each scrape. */
export function askedGaugeIn(
  registry: Registry,
  declaration: GaugeDeclaration<never>,
  value: () => number,
): void {
  new Gauge({
    ...described(registry, declaration),
    collect() {
      this.set(value());
    },
  });
}

export function histogramIn<Label extends string>(
  registry: Registry,
  declaration: HistogramDeclaration<Label>,
): Histogram<Label> {
  return new Histogram({ ...described(registry, declaration), buckets: [...declaration.buckets] });
}

function described<Label extends string>(
  registry: Registry,
  { name, help, labels }: CounterDeclaration<Label> | GaugeDeclaration<Label> | HistogramDeclaration<Label>,
) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}
