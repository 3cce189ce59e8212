/** Live events between the API's replicas and to their listeners, by Redis publish/subscribe. */
import { readFileSync } from 'node:fs';
import { type RedisNames, type TrainProgress, messageOf } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { GatheredProgress } from './gathered-progress.ts';
import { type SentEvent } from './sent-event.ts';

/** As `publish.lua` puts it together. */
const wireForm = /^(\d+) (\w+) (\S+) (.*)$/s;
const publishScript = readFileSync(new URL('./publish.lua', import.meta.url), 'utf8');

/** How many events a client that was away for a moment can catch up with. */
const ringSize = 1_000;

/** Gets one event or more, all of one sweep. */
export type Listener = (events: readonly SentEvent[]) => void;

export class EventBus {
  private readonly listeners = new Set<Listener>();
  private readonly ring: SentEvent[] = [];
  private readonly gathered = new GatheredProgress((events) => this.deliver(events));

  constructor(
    private readonly redis: Redis,
    private readonly subscriber: Redis,
    private readonly logger: Logger,
    private readonly names: RedisNames,
    private readonly ignored: () => void,
  ) {}

  async start(): Promise<void> {
    this.subscriber.on('message', (_channel, message) => this.receive(message));
    await this.subscriber.subscribe(this.names.events);
  }

  stop(): void {
    this.gathered.stop();
    this.subscriber.disconnect();
  }

  /** To every replica, in this order. Lost events cost a viewer some seconds, so a failure is logged and no more. */
  async publish(events: readonly SentEvent[]): Promise<void> {
    try {
      const messages = events.map(({ type, sweepId, json }) => `${type} ${sweepId} ${json}`);
      await this.redis.eval(publishScript, 1, this.names.eventCounter, this.names.events, ...messages);
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'events could not be published');
    }
  }

  /** To the listeners of this process, in a moment: every replica hears of progress by itself. */
  progress(progress: TrainProgress): void {
    this.gathered.add(progress);
  }

  /** How many listen. */
  get listening(): number {
    return this.listeners.size;
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The number of the newest event. */
  async lastId(): Promise<number> {
    return Number((await this.redis.get(this.names.eventCounter)) ?? 0);
  }

  /** Events after `id`, or undefined when some of them are no longer known here. */
  after(id: number): SentEvent[] | undefined {
    const oldest = this.ring[0]?.id;
    if (oldest === undefined || id < oldest - 1) return undefined;
    return this.ring.filter((event) => event.id !== undefined && event.id > id);
  }

  /** The event's JSON goes on as it came: parsing each in every replica would cost more than all else that it does. */
  private receive(message: string): void {
    const [, id, type, sweepId, json] = wireForm.exec(message) ?? [];
    if (json === undefined || sweepId === undefined || !isType(type)) {
      this.ignored();
      this.logger.warn({ message: message.slice(0, 100) }, 'an event could not be read');
      return;
    }
    const numbered = { id: Number(id), type, sweepId, json };
    this.ring.push(numbered);
    if (this.ring.length > ringSize) this.ring.shift();
    // What a trial reported before comes before what it came to.
    this.gathered.flush(sweepId);
    this.deliver([numbered]);
  }

  private deliver(events: readonly SentEvent[]): void {
    for (const listener of this.listeners) {
      // What one stream cannot take must reach the others, and must not end the process.
      try {
        listener(events);
      } catch (error) {
        this.logger.warn({ reason: messageOf(error) }, 'a listener could not take an event');
      }
    }
  }
}

function isType(text: string | undefined): text is SentEvent['type'] {
  return text === 'sweep' || text === 'trial' || text === 'progress';
}
