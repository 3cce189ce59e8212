import { fromJson, messageOf, StopNotice } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

interface Handlers {
  readonly stop: (notice: StopNotice) => void;
  /** Called for each message that is not a readable stop notice. */
  readonly ignored: () => void;
}

/** Listens for stop notices of sweeps. Missing one does no harm: the running epoch is finished. */
export class StopNoticeListener {
  private readonly redis: Redis;

  constructor(
    { url, channel }: { readonly url: string; readonly channel: string },
    { stop, ignored }: Handlers,
    logger: Logger,
  ) {
    this.redis = new Redis(url, { retryStrategy: () => 1000, maxRetriesPerRequest: null });
    // The queue's own connection reports that Redis is unavailable.
    this.redis.on('error', () => undefined);
    this.redis.on('message', (_channel, text) => {
      // Another version may send unknown messages, and an uncaught error would end the worker.
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
