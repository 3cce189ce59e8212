/** Distributes live events among the API's replicas by Redis publish/subscribe, and to the listeners of each. */
import { readFileSync } from 'node:fs';
import { type RedisNames, type TrainProgress, messageOf } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { GatheredProgress } from './gathered-progress.ts';
import { type SentEvent } from './sent-event.ts';

/** The format that `publish.lua` writes: id, type, sweep and JSON, separated by spaces. */
const wireForm = /^(\d+) (\w+) (\S+) (.*)$/s;
const publishScript = readFileSync(new URL('./publish.lua', import.meta.url), 'utf8');

/** How many past events are kept for clients that reconnect. */
const ringSize = 1_000;

/** Receives one event or more, all of one sweep. */
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

  /** Publishes to all replicas, in this order. A failure is only logged: it delays viewers by some seconds. */
  async publish(events: readonly SentEvent[]): Promise<void> {
    try {
      const messages = events.map(({ type, sweepId, json }) => `${type} ${sweepId} ${json}`);
      await this.redis.eval(publishScript, 1, this.names.eventCounter, this.names.events, ...messages);
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'events could not be published');
    }
  }

  /** Delivers progress to the listeners of this process only, shortly after: every replica reads progress itself. */
  progress(progress: TrainProgress): void {
    this.gathered.add(progress);
  }

  /** The number of listeners. */
  get listening(): number {
    return this.listeners.size;
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The id of the newest event. */
  async lastId(): Promise<number> {
    return Number((await this.redis.get(this.names.eventCounter)) ?? 0);
  }

  /** Events after `id`, or undefined when some of them are no longer kept here. */
  after(id: number): SentEvent[] | undefined {
    const oldest = this.ring[0]?.id;
    if (oldest === undefined || id < oldest - 1) return undefined;
    return this.ring.filter((event) => event.id !== undefined && event.id > id);
  }

  /** The JSON is passed on unparsed: parsing every event in every replica would be most of a replica's work. */
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
    // Progress that was reported before the change must be delivered before it.
    this.gathered.flush(sweepId);
    this.deliver([numbered]);
  }

  private deliver(events: readonly SentEvent[]): void {
    for (const listener of this.listeners) {
      // A failure of one listener must not affect the others, nor end the process.
      try {
        listener(events);
      } catch (error) {
        this.logger.warn({ reason: messageOf(error) }, 'a listener failed to handle an event');
      }
    }
  }
}

function isType(text: string | undefined): text is SentEvent['type'] {
  return text === 'sweep' || text === 'trial' || text === 'progress';
}
