import { StopNotice, toJson } from '@honyaku/contracts';
import { type Redis } from 'ioredis';

/** Notifies the workers of a sweep to stop at their next step. */
export class StopNotices {
  constructor(
    private readonly redis: Redis,
    private readonly channel: string,
  ) {}

  async send(notice: StopNotice): Promise<void> {
    await this.redis.publish(this.channel, toJson(StopNotice, notice));
  }
}
