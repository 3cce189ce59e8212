import { addAbortListener } from 'node:events';
import { Unavailable, eventStreamType, routes } from '@honyaku/contracts';
import { type BeforeApplicationShutdown, Controller, Inject, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type InputOf, Route } from '../http/route.ts';
import { SweepStore } from '../store/sweep-store.ts';
import { UnreadableSweeps } from '../store/unreadable-sweeps.ts';
import { EventBus } from '../events/event-bus.ts';
import { EventStream } from '../events/event-stream.ts';
import { CurrentState } from '../events/current-state.ts';
import { type SentEvent } from '../events/sent-event.ts';

/** Changes buffered while a client reads the current state; with more, the client is disconnected and reconnects. */
const maxBuffered = 10_000;

/** Each stream holds a connection, a timer and some 50 KB, and takes part in the delivery of every event. */
const maxStreams = 1_000;

@Controller()
export class EventsController implements BeforeApplicationShutdown {
  private readonly streams = new Set<EventStream>();
  private readonly current: CurrentState;

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(UnreadableSweeps) unreadable: UnreadableSweeps,
  ) {
    this.current = new CurrentState(store, unreadable);
  }

  @Route(routes.events)
  async events(
    { sweep: sweepId }: InputOf<'events'>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (request.method === 'HEAD') {
      if (sweepId !== undefined) await this.store.row(sweepId);
      return void reply.type(eventStreamType).send();
    }
    if (sweepId !== undefined) await this.store.row(sweepId);
    if (this.streams.size >= maxStreams)
      throw new Unavailable(`${maxStreams} event streams are open already; try again later`);
    const missed = this.missed(request.headers['last-event-id']);
    reply.hijack();
    const stream = new EventStream(reply.raw);
    this.streams.add(stream);
    // Subscribe before reading the state: a change in between is sent twice rather than never.
    const buffered: SentEvent[] = [];
    let deliver = (events: readonly SentEvent[]): void => {
      // Progress is dropped: newer progress follows in a moment.
      buffered.push(...events.filter(({ type }) => type !== 'progress'));
      if (buffered.length > maxBuffered) stream.disconnect();
    };
    const stopListening = this.bus.listen((events) => {
      if (sweepId === undefined || events[0]?.sweepId === sweepId) deliver(events);
    });
    addAbortListener(stream.disconnection, () => {
      stopListening();
      this.streams.delete(stream);
    });
    try {
      const newest = missed?.at(-1)?.id ?? (await this.bus.lastId());
      const first = missed
        ? [missed.filter((event) => sweepId === undefined || event.sweepId === sweepId)]
        : this.current.events(sweepId, newest);
      for await (const events of first) await stream.sendWhenRead(events);
      stream.send(buffered.filter(({ id }) => (id ?? 0) > newest));
      deliver = (events) => stream.send(events);
    } catch {
      // The status line is already sent.
      stream.disconnect();
    }
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.streams) stream.close();
  }

  /** The events after the last one that the client received; undefined unless this replica still holds them all. */
  private missed(lastEventId: unknown): readonly SentEvent[] | undefined {
    const given = typeof lastEventId === 'string' && /^[0-9]{1,15}$/.test(lastEventId);
    return given ? this.bus.after(Number(lastEventId)) : undefined;
  }
}
