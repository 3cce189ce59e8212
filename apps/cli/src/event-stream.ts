/** Live events of a sweep by server-sent events, over lost connections. */
import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, LiveEvent, Unavailable, fromJson, kindOf, paths } from '@honyaku/contracts';
import { type EventSourceMessage, createParser } from 'eventsource-parser';
import pTimeout from 'p-timeout';
import { type ApiClient } from './client.ts';

export interface EventStreamLimits {
  /** Attempts in a row that bring no event before giving up. */
  readonly attempts: number;
  readonly waitMilliseconds: number;
  /** The API sends at least a comment every 15 s; a connection that is silent for longer is dead. */
  readonly silenceMilliseconds: number;
}

const usualLimits: EventStreamLimits = {
  attempts: 30,
  waitMilliseconds: 1_000,
  silenceMilliseconds: 45_000,
};

/**
 * First the sweep's present state, then its changes and progress, until the caller stops reading. After a
 * lost connection it asks for what it missed.
 * @throws NotFound when there is no such sweep; Unavailable when the API stays away; Cancelled when `stop` aborts
 */
export async function* sweepEvents(
  client: ApiClient,
  sweepId: string,
  stop: AbortSignal,
  limits: EventStreamLimits = usualLimits,
): AsyncGenerator<LiveEvent, never> {
  let lastId: string | undefined;
  for (let failures = 0; ; failures++) {
    try {
      for await (const message of oneConnection(client, sweepId, lastId, stop, limits)) {
        failures = 0;
        lastId = message.id ?? lastId;
        yield fromJson(LiveEvent, message.data, 'a live event');
      }
    } catch (error) {
      if (stop.aborted) throw new Cancelled('interrupted', { cause: error });
      if (kindOf(error) !== 'Unavailable' || failures + 1 >= limits.attempts) throw error;
    }
    if (failures + 1 >= limits.attempts)
      throw new Unavailable('the API ends the event stream again and again');
    await delay(limits.waitMilliseconds, undefined, { signal: stop }).catch((cause: unknown) => {
      throw new Cancelled('interrupted', { cause });
    });
  }
}

/** Messages until the connection ends. @throws Unavailable when it breaks or falls silent */
async function* oneConnection(
  client: ApiClient,
  sweepId: string,
  lastId: string | undefined,
  stop: AbortSignal,
  { silenceMilliseconds }: EventStreamLimits,
): AsyncGenerator<EventSourceMessage> {
  const { body } = await client.request(`${paths.events}?${new URLSearchParams({ sweep: sweepId })}`, {
    headers: { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
  });
  if (!body) return;
  const received: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => received.push(message) });
  const text = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const message = 'the connection fell silent';
      const read = await pTimeout(reader.read(), {
        milliseconds: silenceMilliseconds,
        message,
        signal: stop,
      });
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
