/** Starts a process again each time that it ends by itself, until it is stopped or no start succeeds. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, messageOf } from '@honyaku/contracts';

interface RestartPolicy {
  /** Seconds before the next start; a process that lived for a while begins anew. */
  readonly first: number;
  readonly most: number;
  readonly forgottenAfter: number;
  /** Starts in a row that may fail. */
  readonly failures: number;
}

const usualPolicy: RestartPolicy = { first: 1, most: 30, forgottenAfter: 60, failures: 5 };

export interface RunningProcess {
  /** Resolves with the signal or the exit code that ended it. */
  readonly ended: Promise<string>;
}

export interface SupervisionEvents {
  /** Gets a sentence when the process died and when a start failed. */
  readonly onEvent: (sentence: string) => void;
  /** Called when no start succeeds, with the last one's error; it is not started again. */
  readonly onLost: (error: Unavailable) => void;
}

export class Supervision {
  private readonly stopping = new AbortController();
  private readonly stopped = once(this.stopping.signal, 'abort');
  private wait: number;
  private supervising: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly start: (interrupted: AbortSignal) => Promise<RunningProcess>,
    private readonly events: SupervisionEvents,
    private readonly policy: RestartPolicy = usualPolicy,
  ) {
    this.wait = policy.first;
  }

  /** @param since when the process was started, by `performance.now()` */
  begin(process: RunningProcess, since: number): void {
    this.supervising = this.supervise(process, since).catch((cause: unknown) => {
      if (this.stopping.signal.aborted) return;
      const message = `${this.name} died and cannot be started again: ${messageOf(cause)}`;
      this.events.onLost(new Unavailable(message, { cause }));
    });
  }

  /** Resolves when nothing more will be started; a process that runs then goes on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.supervising;
  }

  private async supervise(first: RunningProcess, firstSince: number): Promise<void> {
    for (let process = first, since = firstSince; ;) {
      const [end] = await Promise.race([process.ended.then((ended) => [ended]), this.stopped]);
      if (this.stopping.signal.aborted) return;
      if ((performance.now() - since) / 1000 > this.policy.forgottenAfter) this.wait = this.policy.first;
      this.events.onEvent(`${this.name} died (${end}); it is started again in ${this.wait} s`);
      ({ process, since } = await this.startAgain());
    }
  }

  private async startAgain(): Promise<{ process: RunningProcess; since: number }> {
    const { signal } = this.stopping;
    for (let failures = 1; ; failures += 1) {
      await delay(this.wait * 1000, undefined, { signal });
      this.wait = Math.min(this.policy.most, this.wait * 2);
      const since = performance.now();
      try {
        return { process: await this.start(signal), since };
      } catch (error) {
        if (signal.aborted || failures === this.policy.failures) throw error;
        this.events.onEvent(`${this.name} did not start; it is tried again in ${this.wait} s`);
      }
    }
  }
}
