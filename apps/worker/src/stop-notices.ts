import { fromJson, StopNotice, stopChannel } from '@honyaku/contracts';
import { Redis } from 'ioredis';

/** Listens for sweeps that are to stop at once. One that is missed is no harm: its epoch ends by itself. */
export class StopNotices {
  private readonly redis: Redis;

  constructor(url: string, listener: (notice: StopNotice) => void) {
    this.redis = new Redis(url, { retryStrategy: () => 1000, maxRetriesPerRequest: null });
    // Redis being away is told by the queue's own connection.
    this.redis.on('error', () => undefined);
    this.redis.on('message', (_channel, text) => listener(fromJson(StopNotice, text, 'stop notice')));
    void this.redis.subscribe(stopChannel).catch(() => undefined);
  }

  close(): void {
    this.redis.disconnect();
  }
}
