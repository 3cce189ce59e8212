/** How request bodies are taken: JSON and YAML as bounded text, a corpus as a stream. */
import { corpusType, jsonType, yamlTypes } from '@honyaku/contracts';
import { type FastifyInstance } from 'fastify';

export const maxBodyBytes = 1024 * 1024;

/**
 * A body as it came. Handlers have it read in a planning thread, since reading it may take longer than the event loop
 * may wait.
 */
export class TextBody {
  constructor(
    readonly format: 'JSON' | 'YAML',
    readonly text: string,
  ) {}
}

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
  fastify.addContentTypeParser(corpusType, async (_request: unknown, stream: unknown) => stream);
  // Bodies of other types were refused before (checkRequests): this one is empty.
  fastify.addContentTypeParser('*', async () => undefined);
}
