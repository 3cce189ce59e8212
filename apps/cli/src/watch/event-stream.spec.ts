import { LiveEvent, NotFound, SweepView, TrialList, Unavailable, toJson } from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleSweep, exampleTrials, sweepId } from '@honyaku/client/example-sweep';
import { FakeApi } from '@honyaku/client/fake-api';
import { ApiClient } from '@honyaku/client';
import { sweepEvents } from './event-stream.ts';

const limits = { attempts: 3, waitMilliseconds: 1, beginMilliseconds: 5_000, silenceMilliseconds: 5_000 };
const never = new AbortController().signal;
const frame = (id: number, event: LiveEvent) =>
  `id: ${id}\nevent: ${event.type}\ndata: ${toJson(LiveEvent, event)}\n\n`;
const events: LiveEvent[] = [
  { type: 'sweep', sweep: exampleSweep('running') },
  ...exampleTrials.map((trial) => ({ type: 'trial' as const, trial })),
];
const [one = '', two = '', three = ''] = events.map((event, index) => frame(index + 7, event));

let api: FakeApi;
let client: ApiClient;
beforeEach(async () => {
  api = await FakeApi.start();
  client = new ApiClient({ url: api.url });
});
afterEach(() => api.close());

async function take(
  count: number,
  silenceMilliseconds = limits.silenceMilliseconds,
  beginMilliseconds = limits.beginMilliseconds,
): Promise<LiveEvent[]> {
  const taken: LiveEvent[] = [];
  const usual = { ...limits, silenceMilliseconds, beginMilliseconds };
  for await (const event of sweepEvents(client, sweepId, never, usual)) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

/** Each connection gets one of the texts and is then cut, or left silent. */
function serve(texts: readonly string[], end: 'cut' | 'silent' = 'cut'): void {
  let connection = 0;
  api.on('GET /v1/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`: honyaku\n\n${texts[connection++] ?? ''}`, () => {
      if (end === 'cut') response.destroy();
    });
  });
}

function serveState(): void {
  api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('running')));
  api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: exampleTrials }));
}

describe('sweepEvents', () => {
  it('reconnects after a cut and asks for what came after the last event', async () => {
    serve([one, two + three]);
    expect(await take(3)).toEqual(events);
    expect(api.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '7']);
    expect(api.requests[0]?.url).toContain(`sweep=${sweepId}`);
  });

  it('passes over what a later API sends, and reads what it adds to the events that are known', async () => {
    const added = two.replace('data: {', 'data: {"addedLater":{"a":1},');
    serve([`${one}id: 8\nevent: note\ndata: looks well\n\n${added}`]);
    expect(await take(2)).toEqual(events.slice(0, 2));
    expect(added).not.toBe(two);
  });

  it('asks for the state where an event is damaged, and goes on with the stream', async () => {
    serve([`${one}id: 8\nevent: trial\ndata: {not json\n\n${two}`]);
    serveState();
    const [first, second] = events;
    expect(await take(5)).toEqual([first, ...events, second]);
  });

  it('reconnects when the connection falls silent', async () => {
    serve([one, two], 'silent');
    expect(await take(2, 50)).toHaveLength(2);
  });

  it('gives up after its limit of attempts when the API stays away', async () => {
    const url = api.url;
    await api.close();
    client = new ApiClient({ url });
    await expect(take(1)).rejects.toThrow(Unavailable);
    api = await FakeApi.start();
  });

  it('asks for the state where a proxy closes the stream before anything came', async () => {
    serve([]);
    serveState();
    expect(await take(6)).toEqual([...events, ...events]);
  });

  it('asks for the state where a proxy holds the stream back', async () => {
    api.on('GET /v1/events', () => undefined);
    serveState();
    expect(await take(3, limits.silenceMilliseconds, 50)).toEqual(events);
  });

  it('reports it when something else than the API answers', async () => {
    api.on('GET /v1/events', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>');
    });
    await expect(take(1)).rejects.toThrow(/with text\/html: is it a honyaku API/);
  });

  it('does not try again when there is no such sweep', async () => {
    await expect(take(1)).rejects.toThrow(NotFound);
    expect(api.requests).toHaveLength(1);
  });
});
