/**
 * A route, declared once: where it is, what it answers, and how it refuses. The server, the checks of each request
 * and the OpenAPI document are all made from this declaration and from those of the handler's inputs.
 */
import { STATUS_CODES } from 'node:http';
import { ErrorBody } from '@honyaku/contracts';
import { HttpCode, RequestMapping, RequestMethod, applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { type FastifyContextConfig } from 'fastify';
import { z } from 'zod';
import { referenceTo } from '../docs/api-schemas.ts';
import { type RouteInputs, inputsOf } from './inputs.ts';

const retryAfter = {
  'Retry-After': { description: 'seconds after which to ask again', schema: { type: 'integer' as const } },
};

export interface RouteDeclaration {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` for each parameter. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Of success; 200 unless told. */
  readonly status?: number;
  /** Schema of the JSON that it answers, or another content type. */
  readonly answers: z.ZodType | { readonly type: string; readonly description: string };
  /** Statuses of refusals beyond those that follow from what it takes. */
  readonly refusals?: readonly number[];
  /** Whether it needs no token: probes and scrapers have none. */
  readonly isOpen?: boolean;
  /** Whether it answers without Redis and the bucket. */
  readonly needsNothing?: boolean;
}

declare module 'fastify' {
  /** What the hooks of the server know of the route that a request goes to. */
  interface FastifyContextConfig {
    readonly isOpen?: boolean;
    /** Undefined for routes that are not declared so: the document and its page. */
    readonly inputs?: RouteInputs;
    /** The methods of the path, where the request's is none of them. */
    readonly allow?: string;
  }
}

export function Route(declaration: RouteDeclaration): MethodDecorator {
  const { method, path, summary, description, status = 200, isOpen = false } = declaration;
  return (target, key, descriptor) => {
    const inputs = inputsOf(target, key);
    const config: FastifyContextConfig = { isOpen, inputs };
    const refusals = refusalsOf(declaration, inputs).map((code) =>
      ApiResponse({
        status: code,
        description: STATUS_CODES[code] ?? 'refused',
        ...(code === 503 ? { headers: retryAfter } : {}),
        schema: { $ref: referenceTo(ErrorBody) },
      }),
    );
    applyDecorators(
      RequestMapping({ path, method: RequestMethod[method] }),
      HttpCode(status),
      RouteConfig(config),
      ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
      ApiResponse({ status, ...answerOf(declaration) }),
      ...refusals,
      ...(isOpen ? [] : [ApiBearerAuth()]),
    )(target, key, descriptor);
  };
}

/** Every status that the route may refuse with. */
export function refusalsOf(
  { method, path, refusals = [], isOpen = false, needsNothing = false }: RouteDeclaration,
  { consumes, query }: RouteInputs,
): number[] {
  const takes = path.includes(':') || query.length > 0 || consumes.length > 0;
  const statuses = [
    // An unknown query parameter is refused everywhere but where probes and scrapers ask.
    ...(takes || !isOpen ? [400] : []),
    ...(isOpen ? [] : [401]),
    // Also where a body comes to a route that takes none; that of a GET is ignored.
    ...(method === 'GET' ? [] : [415]),
    ...(consumes.length > 0 ? [413] : []),
    ...(needsNothing ? [] : [500, 503]),
    ...refusals,
  ];
  return [...new Set(statuses)].toSorted((a, b) => a - b);
}

function answerOf({ answers, summary }: RouteDeclaration) {
  if (answers instanceof z.ZodType) return { description: summary, schema: { $ref: referenceTo(answers) } };
  const { type, description } = answers;
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}
