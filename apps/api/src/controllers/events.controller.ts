import { eventStreamType, routes } from '@honyaku/contracts';
import { type BeforeApplicationShutdown, Controller, Inject, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type InputOf, Route } from '../http/route.ts';
import { SweepStore } from '../store/sweep-store.ts';
import { EventBus } from '../events/event-bus.ts';
import { EventStream } from '../events/event-stream.ts';
import { PresentState } from '../events/present-state.ts';
import { type SentEvent } from '../events/sent-event.ts';

/** Changes that may wait while a client reads the present state; one that is further behind comes again. */
const mostEarly = 10_000;

@Controller()
export class EventsController implements BeforeApplicationShutdown {
  private readonly streams = new Set<EventStream>();
  private readonly present: PresentState;

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Inject(SweepStore) private readonly store: SweepStore,
  ) {
    this.present = new PresentState(store);
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
    const missed = this.missed(request.headers['last-event-id']);
    // Listening starts before the state is read: what changes in between comes twice rather than not at all.
    const early: SentEvent[] = [];
    let deliver = (events: readonly SentEvent[]): void => {
      // Progress is left out: more of it comes in a moment.
      early.push(...events.filter(({ type }) => type !== 'progress'));
      if (early.length > mostEarly) reply.raw.destroy();
    };
    const stopListening = this.bus.listen((events) => {
      if (sweepId === undefined || events[0]?.sweepId === sweepId) deliver(events);
    });
    reply.hijack();
    const stream = new EventStream(reply.raw);
    this.streams.add(stream);
    reply.raw.on('close', () => {
      stopListening();
      this.streams.delete(stream);
    });
    try {
      const newest = missed?.at(-1)?.id ?? (await this.bus.lastId());
      const first = missed
        ? [missed.filter((event) => sweepId === undefined || event.sweepId === sweepId)]
        : this.present.events(sweepId, newest);
      for await (const events of first) await stream.sendWhenRead(events);
      stream.send(early.filter(({ id }) => (id ?? 0) > newest));
      deliver = (events) => stream.send(events);
    } catch {
      // It has begun: that it breaks off tells the client to come again.
      reply.raw.destroy();
    }
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.streams) stream.close();
  }

  /** What came after the event that the client has seen last, if all of it is known here. */
  private missed(lastEventId: unknown): readonly SentEvent[] | undefined {
    const given = typeof lastEventId === 'string' && /^[0-9]{1,15}$/.test(lastEventId);
    return given ? this.bus.after(Number(lastEventId)) : undefined;
  }
}
