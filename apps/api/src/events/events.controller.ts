import { Corrupt, NotFound, SweepId, paths } from '@honyaku/contracts';
import { type BeforeApplicationShutdown, Controller, Inject, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { FromQuery } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { hasEnded } from '../sweeps/end-states.ts';
import { type SweepState, sweepViewOf } from '../sweeps/sweep-state.ts';
import { SweepStore } from '../sweeps/sweep-store.ts';
import { EventBus } from './event-bus.ts';
import { EventStream, eventStreamType } from './event-stream.ts';
import { type SentEvent, sent } from './sent-event.ts';

@ApiTags('events')
@Controller()
export class EventsController implements BeforeApplicationShutdown {
  private readonly streams = new Set<EventStream>();

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Inject(SweepStore) private readonly store: SweepStore,
  ) {}

  @Route({
    method: 'GET',
    path: paths.events,
    summary: 'Live events (text/event-stream)',
    description:
      'First the present state as sweep and trial events, or what was missed since Last-Event-ID; then every change, and twice a second at most the progress of running epochs. Without `sweep`: of all sweeps; the present state then only of those that have not ended.',
    answers: { type: eventStreamType, description: 'the data of each event is a LiveEvent as JSON' },
    refusals: [404],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  async events(
    @FromQuery('sweep', SweepId.optional()) sweepId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (request.method === 'HEAD') {
      if (sweepId !== undefined) await this.store.row(sweepId);
      return void reply.type(eventStreamType).send();
    }
    // Listening starts before the state is read: what changes in between comes twice rather than not at all.
    const early: SentEvent[] = [];
    let deliver = (events: readonly SentEvent[]): void => {
      early.push(...events);
    };
    const stopListening = this.bus.listen((events) => {
      if (sweepId === undefined || events[0]?.sweepId === sweepId) deliver(events);
    });
    let first: readonly SentEvent[];
    try {
      first = await this.firstEvents(sweepId, request.headers['last-event-id']);
    } catch (error) {
      stopListening();
      throw error;
    }
    reply.hijack();
    const stream = new EventStream(reply.raw);
    this.streams.add(stream);
    reply.raw.on('close', () => {
      stopListening();
      this.streams.delete(stream);
    });
    const newest = Math.max(0, ...first.map(({ id }) => id ?? 0));
    stream.send(first);
    // Of what came meanwhile, progress is left out: more of it comes in a moment.
    stream.send(early.filter(({ id }) => (id ?? 0) > newest));
    deliver = (events) => stream.send(events);
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.streams) stream.close();
  }

  /** Of all sweeps that have not ended; one that can not be read must not close the stream of the others. */
  private async readableStates(): Promise<SweepState[]> {
    const rows = (await this.store.list()).filter(({ state }) => !hasEnded(state));
    const states = rows.map(({ id }) =>
      this.store.state(id).catch((error: unknown) => {
        if (error instanceof NotFound || error instanceof Corrupt) return undefined;
        throw error;
      }),
    );
    return (await Promise.all(states)).filter((state) => state !== undefined);
  }

  private async firstEvents(
    sweepId: string | undefined,
    lastEventId: unknown,
  ): Promise<readonly SentEvent[]> {
    const given = typeof lastEventId === 'string' && /^[0-9]{1,15}$/.test(lastEventId);
    const missed = given && this.bus.after(Number(lastEventId));
    if (missed) return missed.filter((event) => sweepId === undefined || event.sweepId === sweepId);
    const id = await this.bus.lastId();
    const states = sweepId !== undefined ? [await this.store.state(sweepId)] : await this.readableStates();
    const events = states.flatMap((state) => [
      sent({ type: 'sweep', sweep: sweepViewOf(state) }),
      ...state.trials.map((trial) => sent({ type: 'trial', trial })),
    ]);
    // The last alone is numbered: who is cut off before it has not got the state, and gets it anew.
    return events.map((event, index) => (index === events.length - 1 ? { ...event, id } : event));
  }
}
