/** How request bodies are read: JSON and YAML whole and bounded, a corpus as a stream. */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { type FastifyInstance } from 'fastify';
import { parse as parseYaml } from 'yaml';
import { jsonType, yamlTypes } from './inputs.ts';

export const maxBodyBytes = 1024 * 1024;

/** A YAML body: what it says, and its text as it was written. */
export class YamlBody {
  constructor(
    readonly text: string,
    readonly value: unknown,
  ) {}
}

export const corpusContentType = 'text/tab-separated-values';

export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const bounded = { parseAs: 'string', bodyLimit: maxBodyBytes } as const;
  fastify.addContentTypeParser(jsonType, bounded, async (_request: unknown, text: string) =>
    text === '' ? undefined : read('JSON', () => JSON.parse(text) as unknown),
  );
  fastify.addContentTypeParser(
    [...yamlTypes],
    bounded,
    async (_request: unknown, text: string) =>
      new YamlBody(
        text,
        read('YAML', () => yamlValue(text)),
      ),
  );
  fastify.addContentTypeParser(corpusContentType, async (_request: unknown, stream: unknown) => stream);
  // Bodies of other types were refused before (checkRequests): this one is empty.
  fastify.addContentTypeParser('*', async () => undefined);
}

/** Aliases are limited, so that a small file can not unfold into a huge value. */
function yamlValue(text: string): unknown {
  return parseYaml(text, { maxAliasCount: 100 });
}

function read(format: string, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (cause) {
    throw new InvalidInput(`body: not ${format}: ${messageOf(cause)}`, { cause });
  }
}
