import { fromJson, messageOf, StopNotice } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

interface Listener {
  readonly stop: (notice: StopNotice) => void;
  /** Told of each message that is none. */
  readonly ignored: () => void;
}

/** Listens for sweeps that are to stop at once. One that is missed is no harm: its epoch ends by itself. */
export class StopNotices {
  private readonly redis: Redis;

  constructor(
    { url, channel }: { readonly url: string; readonly channel: string },
    { stop, ignored }: Listener,
    logger: Logger,
  ) {
    this.redis = new Redis(url, { retryStrategy: () => 1000, maxRetriesPerRequest: null });
    // Redis being away is told by the queue's own connection.
    this.redis.on('error', () => undefined);
    this.redis.on('message', (_channel, text) => {
      // Another version may send what this one does not know; thrown out of here, it would end the worker.
      try {
        stop(fromJson(StopNotice, text, 'stop notice'));
      } catch (error) {
        ignored();
        logger.warn({ message: text.slice(0, 100), reason: messageOf(error) }, 'a message was ignored');
      }
    });
    void this.redis.subscribe(channel).catch(() => undefined);
  }

  close(): void {
    this.redis.disconnect();
  }
}
