import { messageOf, Unavailable } from '@honyaku/contracts';
import { Redis } from 'ioredis';

/**
 * A connection of its own that asks Redis for an answer: BullMQ's wait for Redis without a limit, so they can
 * not tell that it is away.
 */
export class RedisCheck {
  private readonly redis: Redis;
  private readonly address: string;
  private disconnection: Error | undefined;

  constructor(url: string) {
    this.address = new URL(url).host;
    this.redis = new Redis(url, {
      retryStrategy: () => 1000,
      maxRetriesPerRequest: 1,
      commandTimeout: 3_000,
    });
    this.redis.on('error', (error) => (this.disconnection = error));
    this.redis.on('ready', () => (this.disconnection = undefined));
  }

  /** @throws Unavailable when Redis does not answer within seconds, or refuses the password */
  async check(): Promise<void> {
    try {
      await this.redis.ping();
    } catch (error) {
      // Says more than that the request was given up.
      const cause = this.disconnection ?? error;
      throw new Unavailable(`Redis does not answer at ${this.address}: ${messageOf(cause)}`, { cause });
    }
  }

  close(): void {
    this.redis.disconnect();
  }
}
