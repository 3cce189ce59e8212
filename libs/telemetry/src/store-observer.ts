/** What the API and workers tell alike of their requests to the bucket. */
import { type Registry } from 'prom-client';
import { commonMetrics } from './catalogue.ts';
import { counterIn, histogramIn } from './instruments.ts';

/** A request with its retries, as it ended. */
interface StoreRequest {
  readonly operation: string;
  readonly outcome: string;
  readonly seconds: number;
  /** Bytes. */
  readonly sent: number;
  readonly received: number;
}

/** Counts every request that it is told of in the registry. */
export function storeObserverIn(registry: Registry): (request: StoreRequest) => void {
  const requests = histogramIn(registry, commonMetrics.objectStoreRequests);
  const bytes = counterIn(registry, commonMetrics.objectStoreBytes);
  return ({ operation, outcome, seconds, sent, received }) => {
    requests.observe({ operation, outcome }, seconds);
    bytes.inc({ direction: 'sent' }, sent);
    bytes.inc({ direction: 'received' }, received);
  };
}
