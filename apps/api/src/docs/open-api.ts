/** The OpenAPI document, generated from the declared routes, and the page that shows it. */
import { readFile } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { createRequire } from 'node:module';
import {
  ErrorBody,
  type RouteDeclaration,
  bodyTypesOf,
  docsPath,
  errorStatusesOf,
  openApiPath,
  routes,
} from '@honyaku/contracts';
import { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { componentSchemas, parameterSchema, referenceTo } from './api-schemas.ts';

/** Links of the page are relative, since a proxy may serve the API below a path that the API does not know. */
function relative(path: string): string {
  return path.slice(1);
}

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>honyaku API</title><link rel="stylesheet" href="${relative(docsPath)}/swagger-ui.css"></head>
<body><div id="page"></div><script src="${relative(docsPath)}/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '${relative(openApiPath)}', dom_id: '#page' });</script></body>
</html>
`;

const assets = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript' } as const;

const retryAfter = {
  'Retry-After': { description: 'seconds after which to ask again', schema: { type: 'integer' } },
};

/** In OpenAPI 3.0, which most tools can read. */
export function openApiDocument(version: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.0.3',
    info: {
      title: 'honyaku',
      description: 'Sweeps that train sequence-to-sequence translators as queued jobs',
      version,
    },
    // Relative to the document's own URL, for the same reason.
    servers: [{ url: '.' }],
    paths,
    components: {
      securitySchemes: { bearer: { scheme: 'bearer', type: 'http' } },
      schemas: componentSchemas(),
    },
  };
}

function operationOf(name: string, route: RouteDeclaration) {
  const { summary, description, group, status = 200, isOpen } = route;
  return {
    operationId: name,
    tags: [group],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route) }),
    responses: {
      [status]: answerOf(route),
      ...Object.fromEntries(errorStatusesOf(route).map((code) => [code, errorOf(code)])),
    },
    ...(isOpen ? {} : { security: [{ bearer: [] }] }),
  };
}

function parametersOf({ params = {}, query = {}, headers = {} }: RouteDeclaration) {
  const described = (place: 'path' | 'query', name: string, schema: z.ZodType) => ({
    name,
    in: place,
    required: !schema.safeParse(undefined).success,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    schema: parameterSchema(schema),
  });
  return [
    ...Object.entries(params).map(([name, schema]) => described('path', name, schema)),
    ...Object.entries(query).map(([name, schema]) => described('query', name, schema)),
    ...Object.entries(headers).map(([name, description]) => ({
      ...{ name, in: 'header', required: false, description },
      schema: { type: 'string' },
    })),
  ];
}

function requestBodyOf(route: RouteDeclaration) {
  const schema =
    route.body && 'schema' in route.body
      ? { $ref: referenceTo(route.body.schema) }
      : { type: 'string', format: 'binary' };
  return {
    required: true,
    content: Object.fromEntries(bodyTypesOf(route).map((type) => [type, { schema }])),
  };
}

function answerOf({ answers, summary }: RouteDeclaration) {
  if (answers instanceof z.ZodType)
    return {
      description: summary,
      content: { 'application/json': { schema: { $ref: referenceTo(answers) } } },
    };
  const { type, description } = answers;
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}

function errorOf(status: number) {
  return {
    description: STATUS_CODES[status] ?? 'refused',
    ...(status === 503 ? { headers: retryAfter } : {}),
    content: { 'application/json': { schema: { $ref: referenceTo(ErrorBody) } } },
  };
}

/** Serves the document, its page and the two files of Swagger UI that the page needs. */
export function serveOpenApi(fastify: FastifyInstance, version: string): void {
  const document = openApiDocument(version);
  const { resolve } = createRequire(import.meta.url);
  fastify.get(openApiPath, async () => document);
  fastify.get(docsPath, async (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  for (const [name, type] of Object.entries(assets)) {
    fastify.get(`${docsPath}/${name}`, async (_request, reply) =>
      reply.type(type).send(await readFile(resolve(`swagger-ui-dist/${name}`))),
    );
  }
}
