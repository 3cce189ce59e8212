/**
 * What follows from a request that is recorded in the bucket: rows, jobs and notices in Redis. If it fails, the request
 * has succeeded nevertheless: a client that is refused tries again, and would submit or add the same a second time.
 */
import { messageOf } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';

export class FollowUps {
  /** Ids of sweeps whose rows and jobs in Redis may lag behind what is recorded. */
  private readonly late = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly logger: Logger,
  ) {}

  /**
   * For use before a request is recorded, so that an outage refuses it with nothing done.
   * @throws Redis's error when it does not answer within seconds
   */
  async requireRedis(): Promise<void> {
    await this.redis.ping();
  }

  /** @returns whether the work was done; if not, the sweep is left to the reconciliation */
  async run(sweepId: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.late.add(sweepId);
      this.logger.warn(
        { sweep: sweepId, reason: messageOf(error) },
        'a request is recorded, and what follows from it waits for the reconciliation',
      );
      return false;
    }
  }

  lateSweeps(): readonly string[] {
    return [...this.late];
  }

  /** Marks a sweep as caught up. */
  done(sweepId: string): void {
    this.late.delete(sweepId);
  }
}
