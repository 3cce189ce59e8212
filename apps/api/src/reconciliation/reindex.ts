/**
 * Reads every sweep of the bucket into Redis, in the background: with thousands of sweeps it takes longer than a
 * request may. Its progress is stored in Redis, for all replicas.
 */
import { ReindexState, fromJson, messageOf, toJson } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type Reconciliation } from './reconciliation.ts';

const keepSeconds = 24 * 3600;
const everyMilliseconds = 1_000;
/** A running reindex stores its progress every second; without an update for this long, its process has died. */
const silentMilliseconds = 60_000;

export class Reindex {
  private running: ReindexState | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly reconciliation: Pick<Reconciliation, 'reindex'>,
    private readonly logger: Logger,
    private readonly key: string,
  ) {}

  /**
   * Starts a reindex, unless one is running in this process.
   * @returns the state of the running one
   * @throws Redis's error when it does not answer within seconds, since there is nothing to restore sweeps in
   */
  async begin(): Promise<ReindexState> {
    await this.redis.ping();
    if (this.running) return this.running;
    const startedAt = new Date().toISOString();
    this.running = { state: 'running', seen: 0, startedAt };
    await this.store(this.running);
    void this.run(startedAt);
    return this.running;
  }

  async state(): Promise<ReindexState> {
    if (this.running) return this.running;
    const [text, leftMilliseconds] = await Promise.all([this.redis.get(this.key), this.redis.pttl(this.key)]);
    if (text === null) return { state: 'never', seen: 0 };
    const state = this.read(text);
    const isSilent = keepSeconds * 1000 - leftMilliseconds > silentMilliseconds;
    return state.state === 'running' && isSilent
      ? { ...state, state: 'failed', reason: 'the API that ran it has ended' }
      : state;
  }

  /** An unreadable state counts as none; the next reindex overwrites it. */
  private read(text: string): ReindexState {
    try {
      return fromJson(ReindexState, text, this.key);
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'the progress of the reindex could not be read');
      return { state: 'never', seen: 0 };
    }
  }

  private async run(startedAt: string): Promise<void> {
    let seen = 0;
    const report = setInterval(() => {
      this.running = { state: 'running', seen, startedAt };
      void this.store(this.running);
    }, everyMilliseconds);
    let ended: ReindexState;
    try {
      const result = await this.reconciliation.reindex(() => (seen += 1));
      ended = { state: 'done', seen, startedAt, endedAt: new Date().toISOString(), result };
    } catch (error) {
      const reason = messageOf(error);
      this.logger.error({ reason }, 'reindex failed');
      ended = { state: 'failed', reason, seen, startedAt, endedAt: new Date().toISOString() };
    }
    clearInterval(report);
    await this.store(ended);
    this.running = undefined;
  }

  private async store(state: ReindexState): Promise<void> {
    try {
      await this.redis.set(this.key, toJson(ReindexState, state), 'EX', keepSeconds);
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'the progress of the reindex could not be stored');
    }
  }
}
