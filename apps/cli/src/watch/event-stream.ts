/** Live events of a sweep by server-sent events, over lost connections. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  Cancelled,
  Corrupt,
  LiveEvent,
  Unavailable,
  eventStreamType,
  fromJson,
  kindOf,
  routes,
  urlOf,
} from '@honyaku/contracts';
import { type EventSourceMessage, createParser } from 'eventsource-parser';
import pTimeout from 'p-timeout';
import { type ApiClient } from '@honyaku/client';

interface EventStreamLimits {
  /** Attempts in a row for which the API is away before giving up. */
  readonly attempts: number;
  readonly waitMilliseconds: number;
  /** The API begins at once; a connection that does not is held back by a proxy. */
  readonly beginMilliseconds: number;
  /** The API sends at least a comment every 15 s; a connection that is silent for longer is dead. */
  readonly silenceMilliseconds: number;
}

const usualLimits: EventStreamLimits = {
  attempts: 30,
  waitMilliseconds: 1_000,
  beginMilliseconds: 10_000,
  silenceMilliseconds: 45_000,
};

const knownTypes: ReadonlySet<string> = new Set(LiveEvent.options.map(({ shape }) => shape.type.value));

/**
 * First the sweep's present state, then its changes and progress, until the caller stops reading. After a
 * lost connection it asks for what it missed. Where a proxy holds the stream back, or closes it before anything
 * came, the state is asked for by itself from time to time.
 * @throws NotFound when there is no such sweep; Unavailable when the API stays away; Cancelled when `stop` aborts
 */
export async function* sweepEvents(
  client: ApiClient,
  sweepId: string,
  stop: AbortSignal,
  limits: EventStreamLimits = usualLimits,
): AsyncGenerator<LiveEvent, never> {
  let lastId: string | undefined;
  for (let failures = 0; ;) {
    let came = false;
    try {
      for await (const message of oneConnection(client, sweepId, lastId, stop, limits)) {
        came = true;
        lastId = message.id ?? lastId;
        // A later API sends other types too.
        if (!knownTypes.has(message.event ?? '')) continue;
        const event = readable(message.data);
        if (event) yield event;
        else yield* presentState(client, sweepId);
      }
    } catch (error) {
      rethrowUnlessAway(error, stop);
    }
    try {
      if (!came) yield* presentState(client, sweepId);
      failures = 0;
    } catch (error) {
      rethrowUnlessAway(error, stop);
      failures += 1;
      if (failures >= limits.attempts) throw error;
    }
    await delay(limits.waitMilliseconds, undefined, { signal: stop }).catch((cause: unknown) => {
      throw new Cancelled('interrupted', { cause });
    });
  }
}

/** Undefined for an event that is damaged: the sweep's state has what it was to report. @throws NewerVersion */
function readable(data: string): LiveEvent | undefined {
  try {
    return fromJson(LiveEvent, data, 'a live event');
  } catch (error) {
    if (error instanceof Corrupt) return undefined;
    throw error;
  }
}

function rethrowUnlessAway(error: unknown, stop: AbortSignal): void {
  if (stop.aborted) throw new Cancelled('interrupted', { cause: error });
  if (kindOf(error) !== 'Unavailable') throw error;
}

/** The beginning of a stream, by two requests. */
async function* presentState(client: ApiClient, sweepId: string): AsyncGenerator<LiveEvent> {
  yield { type: 'sweep', sweep: await client.call(routes.sweep, { id: sweepId }) };
  const { trials } = await client.call(routes.sweepTrials, { id: sweepId });
  for (const trial of trials) yield { type: 'trial', trial };
}

/** Messages until the connection ends. @throws Unavailable when it does not begin, breaks or falls silent */
async function* oneConnection(
  client: ApiClient,
  sweepId: string,
  lastId: string | undefined,
  stop: AbortSignal,
  { beginMilliseconds, silenceMilliseconds }: EventStreamLimits,
): AsyncGenerator<EventSourceMessage> {
  const held = new AbortController();
  const beginning = setTimeout(() => held.abort(new Error('the stream did not begin')), beginMilliseconds);
  try {
    const { body, headers } = await client.send(urlOf(routes.events, { sweep: sweepId }), {
      headers: { accept: eventStreamType, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
      signal: held.signal,
    });
    const type = headers.get('content-type') ?? '';
    if (!body || !type.startsWith(eventStreamType)) throw client.notOurs(routes.events.path, type);
    const begun = () => clearTimeout(beginning);
    yield* messagesOf(body, { stop, silenceMilliseconds, begun });
  } finally {
    clearTimeout(beginning);
    held.abort();
  }
}

/** @throws Unavailable when the connection breaks or falls silent */
async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  limits: {
    readonly stop: AbortSignal;
    readonly silenceMilliseconds: number;
    /** Called with each piece that came. */
    readonly begun: () => void;
  },
): AsyncGenerator<EventSourceMessage> {
  const received: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => received.push(message) });
  const text = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const message = 'the connection fell silent';
      const milliseconds = limits.silenceMilliseconds;
      const read = await pTimeout(reader.read(), { milliseconds, message, signal: limits.stop });
      limits.begun();
      if (read.done) return;
      parser.feed(text.decode(read.value, { stream: true }));
      yield* received.splice(0);
    }
  } catch (cause) {
    throw new Unavailable('the event stream broke', { cause });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
