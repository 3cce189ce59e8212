/** Body parsers: JSON and YAML arrive as text of bounded size, a corpus as a stream. */
import { corpusType, jsonType, yamlTypes } from '@honyaku/contracts';
import { type FastifyInstance } from 'fastify';

export const maxBodyBytes = 1024 * 1024;

/**
 * An unparsed body. Handlers parse it in a planning thread, since parsing may block the event loop for too long.
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
  // `checkRequests` has refused all other types by now; what remains is an empty body.
  fastify.addContentTypeParser('*', async () => undefined);
}
