/** How request bodies are taken: JSON and YAML as bounded text, a corpus as a stream. */
import { type FastifyInstance } from 'fastify';
import { TextBody, jsonType, yamlTypes } from './inputs.ts';

export const maxBodyBytes = 1024 * 1024;

export const corpusContentType = 'text/tab-separated-values';

export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const bounded = { parseAs: 'string', bodyLimit: maxBodyBytes } as const;
  fastify.addContentTypeParser(
    jsonType,
    bounded,
    async (_request: unknown, text: string) => new TextBody('JSON', text),
  );
  fastify.addContentTypeParser(
    [...yamlTypes],
    bounded,
    async (_request: unknown, text: string) => new TextBody('YAML', text),
  );
  fastify.addContentTypeParser(corpusContentType, async (_request: unknown, stream: unknown) => stream);
  // Bodies of other types were refused before (checkRequests): this one is empty.
  fastify.addContentTypeParser('*', async () => undefined);
}
