/** `/openapi.json` describes every route with its inputs and answers. */
import { Bug, type RouteDeclaration, bodyTypesOf, docsPath, openApiPath, routes } from '@honyaku/contracts';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyContextConfig } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppModule } from '../src/app.module.ts';
import { openApiDocument, serveOpenApi } from '../src/docs/open-api.ts';
import { httpServer } from '../src/http/server.ts';
import { ApiPlatform, silent } from './api-platform.ts';

const Response = z.object({
  description: z.string(),
  headers: z.record(z.string(), z.object({ schema: z.object({ type: z.string() }) })).optional(),
  content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })),
});
const Operation = z.object({
  summary: z.string().min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(['path', 'query', 'header']),
      required: z.boolean(),
      schema: z.looseObject({ type: z.string() }),
    }),
  ),
  requestBody: z.object({ required: z.literal(true), content: Response.shape.content }).optional(),
  responses: z.record(z.string(), Response),
});
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

interface ServedRoute {
  readonly method: string;
  readonly url: string;
  readonly config: FastifyContextConfig;
}

/** The document does not describe itself and its page. */
const undocumented = [openApiPath, docsPath];

let platform: ApiPlatform;
let app: NestFastifyApplication;
let document: z.output<typeof Document>;
const served: ServedRoute[] = [];
beforeAll(async () => {
  platform = await ApiPlatform.open();
  const adapter = httpServer();
  adapter.getInstance().addHook('onRoute', ({ method, url, config = {} }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') served.push({ method: each, url, config });
  });
  const settings = { environment: platform.environment(), logger: silent, version: '1.2.3' };
  app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with({ ...settings, waitMilliseconds: 30_000 }),
    adapter,
    { bodyParser: false, logger: false },
  );
  serveOpenApi(adapter.getInstance(), '1.2.3');
  await app.init();
  document = Document.parse(JSON.parse(JSON.stringify(openApiDocument('1.2.3'))));
});
afterAll(async () => {
  await app?.close();
  await platform?.close();
});

const documented = () => served.filter(({ url }) => !undocumented.some((path) => url.startsWith(path)));

function declared({ url, config: { route } }: ServedRoute): RouteDeclaration {
  if (!route) throw new Bug(`${url} is served without a declaration`);
  return route;
}

function operationOf({ method, url }: ServedRoute): z.output<typeof Operation> | undefined {
  return document.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
}

describe('the OpenAPI document', () => {
  it('has every route of the server and no other', () => {
    const inDocument = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const inServer = documented().map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(inServer.length).toBeGreaterThan(20);
    expect(inDocument.toSorted()).toEqual(inServer.toSorted());
  });

  it('has each path and query parameter with its schema', () => {
    for (const route of documented()) {
      const parameters = operationOf(route)?.parameters ?? [];
      const names = (where: string) => parameters.filter((each) => each.in === where).map(({ name }) => name);
      const inPath = [...route.url.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect([route.url, names('path').toSorted()]).toEqual([route.url, inPath.toSorted()]);
      expect([route.url, names('query').toSorted()]).toEqual([
        route.url,
        Object.keys(route.config.route?.query ?? {}).toSorted(),
      ]);
    }
    const [id] = document.paths['/v1/sweeps/{id}']?.['get']?.parameters ?? [];
    expect(id?.schema).toEqual({ type: 'string', pattern: expect.stringMatching(/^\^\[a-z0-9\]/) });
    const pin = document.paths['/v1/trials/{id}/epochs/{epoch}/pin']?.['put'];
    expect(pin?.parameters.find(({ name }) => name === 'epoch')?.schema).toMatchObject({ type: 'integer' });
  });

  it('has each body with its content types and a schema', () => {
    for (const route of documented()) {
      const content = operationOf(route)?.requestBody?.content ?? {};
      expect([route.url, Object.keys(content)]).toEqual([route.url, bodyTypesOf(declared(route))]);
    }
  });

  it('requires the token exactly where the server does', () => {
    const open = documented()
      .filter((route) => operationOf(route)?.security === undefined)
      .map(({ url }) => url);
    expect(open.toSorted()).toEqual([routes.live.path, routes.metrics.path, routes.ready.path]);
    for (const route of documented())
      expect([route.url, '401' in (operationOf(route)?.responses ?? {})]).toEqual([
        route.url,
        !open.includes(route.url),
      ]);
  });

  it('has each answer, and each error with the error body', () => {
    const refusal = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } };
    for (const route of documented()) {
      const { responses = {} } = operationOf(route) ?? {};
      const refusals = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      for (const [status, { content }] of refusals)
        expect([route.url, status, content]).toEqual([route.url, status, refusal]);
      expect(Object.keys(responses).filter((status) => Number(status) < 400)).toHaveLength(1);
      const statuses = refusals.map(([status]) => Number(status));
      if (route.url.startsWith('/v1/'))
        expect(statuses).toEqual(expect.arrayContaining([400, 401, 500, 503]));
      const away = responses['503'];
      if (away) expect(Object.keys(away.headers ?? {}), route.url).toEqual(['Retry-After']);
      if (route.url.includes(':id')) expect(statuses).toContain(404);
      if (route.method !== 'GET') expect(statuses).toContain(415);
      if (declared(route).body) expect(statuses).toContain(413);
    }
  });

  it('only refers to schemas that it contains', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, path]) => path);
    expect(references.length).toBeGreaterThan(20);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(known).toEqual(expect.arrayContaining(references));
  });
});
