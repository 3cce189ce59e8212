/** The OpenAPI document and the page that shows it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { paths } from '@honyaku/contracts';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { componentSchemas } from './api-schemas.ts';

/** As links of the page: the API may stand below a path of a proxy that it does not know. */
function relative(path: string): string {
  return path.slice(1);
}

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>honyaku API</title><link rel="stylesheet" href="${relative(paths.docs)}/swagger-ui.css"></head>
<body><div id="page"></div><script src="${relative(paths.docs)}/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '${relative(paths.openApi)}', dom_id: '#page' });</script></body>
</html>
`;

const assets = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript' } as const;

export function openApiDocument(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('honyaku')
    .setDescription('Sweeps that train sequence-to-sequence translators as queued jobs')
    .setVersion(version)
    // Relative to the document's own address, whatever path of a proxy that is below.
    .addServer('.')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config);
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, ...componentSchemas() },
    },
  };
}

/**
 * Serves `/docs` and `/openapi.json`. The page's two files are read from swagger-ui-dist, the package that
 * Nest's own set-up would serve through a static-files plugin.
 */
export function serveOpenApi(app: NestFastifyApplication, version: string): void {
  const document = openApiDocument(app, version);
  const require = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get(paths.openApi, async () => document);
  fastify.get(paths.docs, async (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  for (const [name, type] of Object.entries(assets)) {
    fastify.get(`${paths.docs}/${name}`, async (_request, reply) =>
      reply.type(type).send(await readFile(require.resolve(`swagger-ui-dist/${name}`))),
    );
  }
}
