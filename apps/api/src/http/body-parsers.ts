/** Body parsers: JSON and YAML arrive as text of bounded size, a corpus or a file as a stream. */
import { InvalidInput, corpusType, fileType, jsonType, yamlTypes } from '@honyaku/contracts';
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
  const bounded = { parseAs: 'buffer', bodyLimit: maxBodyBytes } as const;
  fastify.addContentTypeParser(
    jsonType,
    bounded,
    async (_request: unknown, bytes: Buffer) => new TextBody('JSON', textOf(bytes)),
  );
  fastify.addContentTypeParser(
    [...yamlTypes],
    bounded,
    async (_request: unknown, bytes: Buffer) => new TextBody('YAML', textOf(bytes)),
  );
  fastify.addContentTypeParser([corpusType, fileType], async (_request: unknown, stream: unknown) => stream);
  // `checkRequests` has refused all other types by now; what remains is an empty body.
  fastify.addContentTypeParser('*', async () => undefined);
}

/** Without its byte order mark. @throws InvalidInput for other bytes than UTF-8, for which Node would put U+FFFD */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidInput('body: is not UTF-8; send it as UTF-8', { cause });
  }
}
