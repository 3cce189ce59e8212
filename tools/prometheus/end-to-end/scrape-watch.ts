/** Scrapes the API as a second Prometheus would, and keeps the longest that it took. */
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@honyaku/contracts';

const everyMilliseconds = 200;

export class ScrapeWatch {
  scrapes = 0;
  longestSeconds = 0;
  private watching = true;

  constructor(private readonly apiUrl: string) {
    void this.watch();
  }

  stop(): void {
    this.watching = false;
  }

  private async watch(): Promise<void> {
    for (; this.watching; await delay(everyMilliseconds)) {
      const started = performance.now();
      const answer = await fetch(`${this.apiUrl}${routes.metrics.path}`).catch(() => undefined);
      await answer?.text().catch(() => undefined);
      // Without an API there is no scrape.
      if (!answer) continue;
      this.scrapes += 1;
      this.longestSeconds = Math.max(this.longestSeconds, (performance.now() - started) / 1000);
    }
  }
}
