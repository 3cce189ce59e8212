/** Why a sweep stands still, where its event stream is open and yet brings nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient } from '@honyaku/client';
import { kindOf, messageOf, routes } from '@honyaku/contracts';

const usualMilliseconds = 10_000;

/** Asks whether the API is ready when nothing has come for a while, and reports once that it is not, until it is. */
export class StandstillWatch {
  private isQuiet = true;
  private reported = false;
  private readonly stopping = new AbortController();

  /** @param report gets the reason */
  constructor(
    private readonly client: ApiClient,
    private readonly report: (reason: string) => void,
    private readonly quietMilliseconds = usualMilliseconds,
  ) {
    void this.watch();
  }

  /** Something came. */
  notice(): void {
    this.isQuiet = false;
  }

  stop(): void {
    this.stopping.abort();
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await delay(this.quietMilliseconds, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // What was reported is over once the API is ready, not with the next event: progress passes Redis alone.
      if (this.isQuiet || this.reported) await this.ask(signal);
      this.isQuiet = true;
    }
  }

  private async ask(signal: AbortSignal): Promise<void> {
    try {
      await this.client.call(routes.ready, {}, { signal });
      this.reported = false;
    } catch (error) {
      // Other errors come from what is before the API, such as a proxy that has no such path.
      if (signal.aborted || this.reported || kindOf(error) !== 'Unavailable') return;
      this.reported = true;
      this.report(messageOf(error));
    }
  }
}
