/** prom-client's instruments, made from declarations. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type CounterDeclaration, type GaugeDeclaration, type HistogramDeclaration } from './declaration.ts';
import { commonMetrics } from './catalogue.ts';

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

/** A request with its retries, as it ended. */
interface StoreRequest {
  readonly operation: string;
  readonly outcome: string;
  readonly seconds: number;
  /** Bytes. */
  readonly sent: number;
  readonly received: number;
}

/** Counts the requests of the API and of workers to the bucket alike. */
export function storeObserverIn(registry: Registry): (request: StoreRequest) => void {
  const requests = histogramIn(registry, commonMetrics.objectStoreRequests);
  const bytes = counterIn(registry, commonMetrics.objectStoreBytes);
  return ({ operation, outcome, seconds, sent, received }) => {
    requests.observe({ operation, outcome }, seconds);
    bytes.inc({ direction: 'sent' }, sent);
    bytes.inc({ direction: 'received' }, received);
  };
}
