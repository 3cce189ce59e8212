/** Live events between the API's replicas and to their listeners, by Redis publish/subscribe. */
import { readFileSync } from 'node:fs';
import { LiveEvent, fromJson, messageOf, sweepIdOf, toJson } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';

const channel = 'honyaku:events';
const counterKey = 'honyaku:events:last';
const publishScript = readFileSync(new URL('./publish.lua', import.meta.url), 'utf8');

/** How many events a client that was away for a moment can catch up with. */
const ringSize = 1_000;

/** An event and its text on the wire. `id` is missing for progress, which is not worth catching up with. */
export interface SentEvent {
  readonly id?: number;
  readonly sweepId: string;
  readonly type: LiveEvent['type'];
  readonly json: string;
}

export type Listener = (event: SentEvent) => void;

export class EventBus {
  private readonly listeners = new Set<Listener>();
  private readonly ring: SentEvent[] = [];

  constructor(
    private readonly redis: Redis,
    private readonly subscriber: Redis,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    this.subscriber.on('message', (_channel, message) => this.receive(message));
    await this.subscriber.subscribe(channel);
  }

  stop(): void {
    this.subscriber.disconnect();
  }

  /** To every replica. A lost event costs a viewer some seconds, so a failure is logged and no more. */
  async publish(event: LiveEvent): Promise<void> {
    try {
      await this.redis.eval(publishScript, 1, counterKey, channel, toJson(LiveEvent, event));
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'an event could not be published');
    }
  }

  /** To the listeners of this process; for what every replica hears by itself. */
  emitHere(event: LiveEvent): void {
    this.deliver(sent(event));
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The number of the newest event. */
  async lastId(): Promise<number> {
    return Number((await this.redis.get(counterKey)) ?? 0);
  }

  /** Events after `id`, or undefined when some of them are no longer known here. */
  after(id: number): SentEvent[] | undefined {
    const oldest = this.ring[0]?.id;
    if (oldest === undefined || id < oldest - 1) return undefined;
    return this.ring.filter((event) => event.id !== undefined && event.id > id);
  }

  private receive(message: string): void {
    const space = message.indexOf(' ');
    try {
      const event = fromJson(LiveEvent, message.slice(space + 1), channel);
      const numbered = { ...sent(event), id: Number(message.slice(0, space)) };
      this.ring.push(numbered);
      if (this.ring.length > ringSize) this.ring.shift();
      this.deliver(numbered);
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'an event could not be read');
    }
  }

  private deliver(event: SentEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

/** An event as clients get it. */
export function sent(event: LiveEvent): SentEvent {
  const json = toJson(LiveEvent, event);
  switch (event.type) {
    case 'sweep':
      return { type: event.type, sweepId: event.sweep.id, json };
    case 'trial':
      return { type: event.type, sweepId: event.trial.sweepId, json };
    case 'progress':
      return { type: event.type, sweepId: sweepIdOf(event.progress.trialId), json };
  }
}
