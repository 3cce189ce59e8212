/** The API's answers to invalid requests: always an error body with the right status, which names what is allowed. */
import { once } from 'node:events';
import { METHODS, request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { ErrorBody, docsPath, openApiPath, routes, urlOf } from '@honyaku/contracts';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from './event-reader.ts';
import { startApi } from '../src/application.ts';
import { ApiPlatform, corpusQuery, digest, json, pairs, tsv } from './api-platform.ts';

let platform: ApiPlatform;
let sweepId: string;
beforeAll(async () => {
  platform = await ApiPlatform.open();
  sweepId = (await platform.submit({ name: 'http' })).id;
});
afterAll(() => platform?.close());

/** The server's answer to raw bytes. */
async function answerTo(bytes: string): Promise<{ status: number; body: string }> {
  const socket = connect(Number(new URL(platform.api.url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), body };
}

/** Uses Node's own client, since it can send every method. */
async function methodOf(method: string, path: string): Promise<{ status?: number; allow?: string }> {
  const sent = rawRequest(`${platform.api.url}${path}`, { method }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  return { status: response.statusCode, allow: response.headers.allow };
}

const gets = () => [
  routes.sweeps.path,
  urlOf(routes.sweep, { id: sweepId }),
  urlOf(routes.sweepTrials, { id: sweepId }),
  urlOf(routes.log, { id: sweepId }),
  urlOf(routes.corpus, { digest }),
  routes.events.path,
  routes.demand.path,
  routes.live.path,
  routes.ready.path,
  routes.metrics.path,
  docsPath,
  openApiPath,
];

describe('a method', () => {
  it.each([
    ['DELETE', routes.sweeps.path, 'GET, HEAD, OPTIONS, POST'],
    ['PUT', urlOf(routes.sweep, { id: 'a-1' }), 'GET, HEAD, OPTIONS'],
    ['GET', urlOf(routes.cancel, { id: 'a-1' }), 'OPTIONS, POST'],
    ['POST', urlOf(routes.pin, { id: 'a-1-0001', epoch: 1 }), 'DELETE, OPTIONS, PUT'],
    ['POST', routes.events.path, 'GET, HEAD, OPTIONS'],
    ['POST', routes.live.path, 'GET, HEAD, OPTIONS'],
    ['TRACE', routes.metrics.path, 'GET, HEAD, OPTIONS'],
    ['PROPFIND', openApiPath, 'GET, HEAD, OPTIONS'],
  ])('%s %s is refused with the allowed methods', async (method, path, allow) => {
    expect(await methodOf(method, path)).toEqual({ status: 405, allow });
  });

  it('that is unusual is refused on every path', async () => {
    const others = METHODS.filter((method) => !['CONNECT', 'GET', 'HEAD', 'OPTIONS'].includes(method));
    for (const method of others)
      expect(await methodOf(method, routes.demand.path)).toEqual({
        status: 405,
        allow: 'GET, HEAD, OPTIONS',
      });
  });

  it('is listed by OPTIONS', async () => {
    expect(await methodOf('OPTIONS', routes.sweeps.path)).toEqual({
      status: 204,
      allow: 'GET, HEAD, OPTIONS, POST',
    });
  });

  it('HEAD is answered like GET, without a body, also for live events', async () => {
    for (const path of gets()) {
      const response = await platform.request('HEAD', path);
      expect([path, response.status, await response.text()]).toEqual([path, 200, '']);
    }
    expect((await platform.request('HEAD', routes.events.path)).headers.get('content-type')).toContain(
      'event-stream',
    );
    expect((await platform.request('HEAD', `${routes.events.path}?sweep=absent-1`)).status).toBe(404);
  });
});

describe('live events', () => {
  it.each(['abc', '', '-1', '1e3', '9'.repeat(30)])(
    'begin with the current state after an invalid Last-Event-ID: %j',
    async (lastEventId) => {
      const events = await EventReader.open(
        `${platform.api.url}${routes.events.path}?sweep=${sweepId}`,
        lastEventId,
      );
      expect(await events.until(() => true)).toMatchObject({ type: 'sweep', sweep: { id: sweepId } });
      events.close();
    },
  );
});

describe('a body', () => {
  it.each([
    ['POST', routes.sweeps.path, 'application/json, application/yaml, application/x-yaml, text/yaml'],
    ['POST', routes.preview.path, 'application/json, application/yaml, application/x-yaml, text/yaml'],
    ['POST', urlOf(routes.extend, { id: 'a-1' }), 'application/json'],
    ['POST', urlOf(routes.sweepTrials, { id: 'a-1' }), 'application/json'],
    ['POST', urlOf(routes.translate, { id: 'a-1' }), 'application/json'],
    ['PUT', `${urlOf(routes.corpus, { digest })}?${corpusQuery}`, 'text/tab-separated-values'],
  ])('of another type is refused with the allowed types: %s %s', async (method, path, allowed) => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense'])
      expect(await platform.refusal(method, path, 'x', { 'content-type': type })).toEqual({
        status: 415,
        error: 'InvalidInput',
        message: `body: content-type ${type}; allowed: ${allowed}`,
      });
    expect(await platform.refusal(method, path)).toMatchObject({
      status: 400,
      message: expect.stringContaining(`needs one; allowed: ${allowed}`),
    });
  });

  it('of a type that only another route takes is refused', async () => {
    const yaml = { 'content-type': 'application/yaml' };
    expect(
      await platform.refusal('POST', urlOf(routes.extend, { id: sweepId }), 'trials: 2', yaml),
    ).toMatchObject({
      status: 415,
    });
    expect(
      await platform.refusal('POST', urlOf(routes.translate, { id: sweepId }), pairs, tsv),
    ).toMatchObject({
      status: 415,
    });
    expect(
      await platform.refusal('PUT', `${urlOf(routes.corpus, { digest })}?${corpusQuery}`, '{}', json),
    ).toMatchObject({
      status: 415,
    });
  });

  it('is refused by a route that takes none, unless it is empty', async () => {
    const pause = urlOf(routes.pause, { id: 'absent-1' });
    expect(await platform.refusal('POST', pause, '{"now":true}', json)).toEqual({
      status: 415,
      error: 'InvalidInput',
      message: `body: POST ${pause} takes none`,
    });
    expect(await platform.refusal('POST', pause, '', json)).toMatchObject({ status: 404 });
    expect(await platform.refusal('POST', pause, '', tsv)).toMatchObject({ status: 404 });
  });

  it('that its client breaks off is no failure of the API', async () => {
    const lines: { level: number; msg: string; url?: string }[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const api = await startApi(platform.environment(), logger);
    try {
      const url = `${urlOf(routes.corpus, { digest: 'b'.repeat(64) })}?${corpusQuery}`;
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      socket.write(
        `PUT ${url} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/tab-separated-values\r\ncontent-length: 1000\r\n\r\n`,
      );
      socket.write(pairs.slice(0, 20), () => socket.destroy());
      await expect.poll(() => lines.filter((line) => line.url === url)).toHaveLength(1);
      expect(lines.find((line) => line.url === url)).toMatchObject({
        level: 30,
        msg: 'the client left before its request was complete',
      });
    } finally {
      await api.close();
    }
  });

  it('in another charset than UTF-8 is refused', async () => {
    const typed = (charset: string) => ({ 'content-type': `application/json; charset=${charset}` });
    expect(await platform.refusal('POST', routes.preview.path, '{}', typed('utf-16'))).toEqual({
      status: 415,
      error: 'InvalidInput',
      message: 'body: charset utf-16 is not supported; allowed: utf-8',
    });
    for (const charset of ['utf-8', '"UTF-8"'])
      expect(await platform.refusal('POST', routes.preview.path, '{}', typed(charset))).toMatchObject({
        status: 400,
      });
  });

  it('that is not UTF-8 is refused, not read with other characters in place of its bytes', async () => {
    for (const type of [json['content-type'], 'application/yaml']) {
      const response = await fetch(`${platform.api.url}${routes.preview.path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: Buffer.from('{"name":"\xff"}', 'latin1'),
      });
      expect([response.status, ErrorBody.parse(await response.json()).message]).toEqual([
        400,
        'body: is not UTF-8; send it as UTF-8',
      ]);
    }
  });

  it('with half a surrogate pair is refused', async () => {
    const translate = urlOf(routes.translate, { id: sweepId });
    expect(await platform.refusal('POST', translate, '{"sentences":["a \\ud83d"]}', json)).toMatchObject({
      status: 400,
      message: 'body: a string has one half of a surrogate pair (\\ud800 to \\udfff) alone',
    });
    const { message } = await platform.refusal('POST', translate, '{"sentences":["\\ud83d\\ude00"]}', json);
    expect(message).toContain('no best checkpoint');
  });

  it('may begin with a byte order mark', async () => {
    const spec = JSON.stringify({ name: 'marked', corpus: { digest } });
    for (const type of [json['content-type'], 'application/yaml']) {
      const headers = { 'content-type': type };
      const response = await platform.request('POST', routes.preview.path, `\ufeff${spec}`, headers);
      expect([type, response.status]).toEqual([type, 200]);
    }
  });

  it('with a key that is given twice is refused, not read with the last of them', async () => {
    for (const text of [
      '{"name":"a","name":"b"}',
      '{"name":"a", "n\\u0061me" : "b"}',
      '{"parameters":[{"a":"}"},{"name":{"name":[]},"b":"\\\\",\n"name":1}]}',
    ])
      expect(await platform.refusal('POST', routes.preview.path, text, json)).toMatchObject({
        status: 400,
        message: 'body: the key name is given twice',
      });
    // Objects of their own, values and quoted braces are no second key.
    const sound = '{"name":"a","x":[{"name":"{"},{"name":"name"}],"y":{"name":"x\\":"}}';
    expect((await platform.refusal('POST', routes.preview.path, sound, json)).message).not.toContain('twice');
  });

  it('with the key __proto__ is refused, not read without it', async () => {
    for (const [type, text] of [
      ['application/json', '{"name":"a","parameters":{"__proto__":{"dropout":0.5}}}'],
      ['application/yaml', 'name: a\nparameters: { __proto__: { dropout: 0.5 } }'],
    ] as const)
      expect(
        await platform.refusal('POST', routes.preview.path, text, { 'content-type': type }),
      ).toMatchObject({
        status: 400,
        message: expect.stringContaining('the key __proto__ is not allowed'),
      });
  });

  it('that is compressed, too large or malformed is refused', async () => {
    const gzip = { ...json, 'content-encoding': 'gzip' };
    expect(await platform.refusal('POST', routes.preview.path, 'x', gzip)).toMatchObject({
      status: 415,
      message: expect.stringContaining('content-encoding gzip'),
    });
    expect(await platform.refusal('POST', routes.preview.path, '{"name":', json)).toMatchObject({
      status: 400,
      message: expect.stringContaining('not JSON'),
    });
    const large = await answerTo(
      `POST ${routes.preview.path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1048577\r\n\r\n`,
    );
    expect(large.status).toBe(413);
    expect(ErrorBody.parse(JSON.parse(large.body)).message).toBe('body: larger than 1048576 bytes');
  });

  it('that is not a corpus is refused without disclosing a path on the server', async () => {
    const path = `${urlOf(routes.corpus, { digest: 'a'.repeat(64) })}?${corpusQuery}`;
    for (const bytes of ['no tab\n', 'one\t\n', '\n', '']) {
      const { status, message } = await platform.refusal('PUT', path, bytes === '' ? ' ' : bytes, tsv);
      expect(status).toBe(400);
      expect(message).toMatch(/^corpus/);
      expect(message).not.toMatch(/tmp|honyaku-corpus/);
    }
  });
});

describe('a query', () => {
  it('with an unknown or repeated parameter is refused', async () => {
    expect(await platform.refusal('POST', `${urlOf(routes.cancel, { id: sweepId })}?Now=true`)).toEqual({
      status: 400,
      error: 'InvalidInput',
      message: 'query: there is no parameter "Now"; allowed: now',
    });
    expect(await platform.refusal('GET', `${routes.sweeps.path}?page=2`)).toMatchObject({
      status: 400,
      message: 'query: there is no parameter "page"; this path takes none',
    });
    expect(
      await platform.refusal('POST', `${urlOf(routes.cancel, { id: sweepId })}?now=true&now=false`),
    ).toMatchObject({
      status: 400,
      message: 'query: now is given 2 times',
    });
    expect((await platform.request('GET', `${routes.live.path}?probe=1`)).status).toBe(200);
  });

  it('that is not UTF-8 is refused, not stored as it was written', async () => {
    const query = `${corpusQuery}&sourceLanguage=%FF`.replace('sourceLanguage=ja&', '');
    expect(
      await platform.refusal('PUT', `${urlOf(routes.corpus, { digest })}?${query}`, pairs, tsv),
    ).toMatchObject({ status: 400, message: expect.stringContaining('query: each % must begin the code') });
  });
});

describe('a request', () => {
  it.each([
    ['/v1/nothing', 404],
    ['/v1/sweeps/', 404],
    ['/v1/sweeps//trials', 404],
    ['/v1/sweeps/%zz', 400],
    ['/v1/sweeps/%00', 400],
    ['/v1/sweeps/%F0%9F%98%80', 400],
    [`/v1/sweeps/${'a'.repeat(200)}`, 400],
    ['/v1/trials/a-0001/epochs/0/translations', 400],
    ['/v1/trials/a-0001/epochs/1e3/translations', 400],
    ['/v1/trials/a-0001/epochs/99999999999999999999/translations', 400],
    ['/v1/corpora/ABC', 400],
    ['/v1/sweeps/absent-1', 404],
  ])('for %s is refused with an error body', async (path, status) => {
    expect(await platform.refusal('GET', path)).toMatchObject({ status });
  });

  it('with a % that begins no code says how one is written', async () => {
    const { message } = await platform.refusal('GET', '/v1/sweeps/%ZZ');
    expect(message).toBe(
      'path: each % must begin the code of a byte of UTF-8, such as %C3%A9; a % itself is written %25',
    );
  });

  it('without a Host or with two, or with an unknown expectation, is refused with an error body', async () => {
    const noHost = await answerTo('GET /v1/sweeps HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(noHost.status).toBe(400);
    expect(noHost.body).toContain('{"error":"InvalidInput","message":"the header Host is missing"}');
    const twoHosts = await answerTo(
      'GET /v1/sweeps HTTP/1.1\r\nHost: localhost\r\nHost: other\r\nConnection: close\r\n\r\n',
    );
    expect(twoHosts.status).toBe(400);
    expect(twoHosts.body).toContain('"the header Host is given 2 times"');
    const expecting = await answerTo(
      'GET /v1/sweeps HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nConnection: close\r\n\r\n',
    );
    expect(expecting.status).toBe(417);
    expect(expecting.body).toContain(
      '"error":"InvalidInput","message":"Expect: 200-ok; allowed: 100-continue"',
    );
  });

  it('that is too long, or is not HTTP, is refused with an error body', async () => {
    const long = await answerTo(`GET /v1/sweeps?x=${'a'.repeat(20_000)} HTTP/1.1\r\nhost: h\r\n\r\n`);
    expect([long.status, ErrorBody.parse(JSON.parse(long.body)).error]).toEqual([431, 'InvalidInput']);
    const nonsense = await answerTo('nonsense\r\n\r\n');
    expect([nonsense.status, ErrorBody.parse(JSON.parse(nonsense.body)).error]).toEqual([
      400,
      'InvalidInput',
    ]);
  });

  it('without a token is refused to other web pages and to names that are not loopback, and to nobody else', async () => {
    const { host } = new URL(platform.api.url);
    const post = (headers: string, path: string = routes.reindexState.path) =>
      answerTo(`POST ${path} HTTP/1.1\r\n${headers}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    for (const [headers, named] of [
      ['host: evil.example', 'Host'],
      ['host: localhost.evil.example', 'Host'],
      [`host: ${host}\r\norigin: http://evil.example`, 'Origin'],
      [`host: ${host}\r\norigin: http://localhost:3000`, 'Origin'],
      [`host: ${host}\r\norigin: null`, 'Origin'],
    ] as const) {
      const { status, body } = await post(headers);
      expect([headers, status]).toEqual([headers, 403]);
      expect(ErrorBody.parse(JSON.parse(body)).message).toMatch(`the header ${named} `);
      expect(body).toContain('HONYAKU_API_TOKEN');
    }
    const pause = urlOf(routes.pause, { id: 'absent-1' });
    for (const name of [host, 'localhost', 'LOCALHOST:7400', '127.0.0.2', '[::1]:7400'])
      expect([name, (await post(`host: ${name}`, pause)).status]).toEqual([name, 404]);
    expect((await post(`host: ${host}\r\norigin: http://${host}`, pause)).status).toBe(404);
    const scrape = await answerTo(
      `GET ${routes.metrics.path} HTTP/1.1\r\nhost: api\r\nconnection: close\r\n\r\n`,
    );
    expect(scrape.status).toBe(200);
  });

  it('without the token is refused with an error body, whatever else is wrong with it', async () => {
    const closed = await platform.start({ HONYAKU_API_TOKEN: 'a-token-of-many-letters' });
    try {
      for (const [method, path] of [
        ['GET', routes.sweeps.path],
        ['DELETE', routes.sweeps.path],
        ['POST', routes.reindexState.path],
        ['GET', '/v1/nothing'],
        ['GET', openApiPath],
      ] as const) {
        const response = await fetch(`${closed.url}${path}`, { method });
        expect([path, response.status]).toEqual([path, 401]);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(ErrorBody.parse(await response.json()).message).toContain('Bearer <token>');
      }
      for (const path of [routes.live.path, routes.ready.path, routes.metrics.path])
        expect((await fetch(`${closed.url}${path}`)).status).toBe(200);
    } finally {
      await closed.close();
    }
  });
});
