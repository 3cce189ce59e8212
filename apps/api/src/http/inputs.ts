/**
 * Where a handler's inputs come from. Each decorator checks its input by a schema and puts that schema into the
 * OpenAPI document, so that the document cannot differ from what is accepted.
 */
import 'reflect-metadata';
import { InvalidInput } from '@honyaku/contracts';
import { Body, Param, type PipeTransform, Query } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiParam, ApiQuery } from '@nestjs/swagger';
import { z } from 'zod';
import { parameterSchema, referenceTo } from '../docs/api-schemas.ts';
import { SchemaPipe } from './schema-pipe.ts';

/** What a route takes beside its path; all else is refused. */
export interface RouteInputs {
  /** Content types of its body; none when it takes no body. */
  readonly consumes: readonly string[];
  /** Names of its query parameters. */
  readonly query: readonly string[];
}

export const jsonType = 'application/json';
export const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml'] as const;

/** A query parameter that is `true` or `false`, and false when it is left out. */
export const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

/**
 * A body as it came. Whoever wants it has it read in a planning thread: that may take longer than the event loop may
 * wait.
 */
export class TextBody {
  constructor(
    readonly format: 'JSON' | 'YAML',
    readonly text: string,
  ) {}
}

const textPipe: PipeTransform<unknown, TextBody> = {
  transform: (body) => {
    if (body instanceof TextBody) return body;
    throw new InvalidInput('body: there is none');
  },
};

const inputsKey = Symbol('inputs of a route');
const none: RouteInputs = { consumes: [], query: [] };

/** Of the handler `key`, as its parameters' decorators declare them. */
export function inputsOf(target: object, key: string | symbol): RouteInputs {
  const inputs: unknown = Reflect.getMetadata(inputsKey, target, key);
  return isInputs(inputs) ? inputs : none;
}

/** `:name` of the path. @param says what errors call it */
export function FromPath(name: string, schema: z.ZodType, says = name): ParameterDecorator {
  return parameter((target, key, index) => {
    Param(name, new SchemaPipe(schema, says))(target, key, index);
    onMethod(ApiParam({ name, description: says, ...asParameter(schema) }), target, key);
  });
}

/** One parameter of the query. */
export function FromQuery(name: string, schema: z.ZodType): ParameterDecorator {
  return parameter((target, key, index) => {
    Query(name, new SchemaPipe(schema, name))(target, key, index);
    addInputs(target, key, { query: [name] });
    const required = !schema.safeParse(undefined).success;
    onMethod(ApiQuery({ name, required, ...asParameter(schema) }), target, key);
  });
}

/** The whole query as one object; each of its fields is a parameter. */
export function FromWholeQuery(schema: z.ZodObject): ParameterDecorator {
  return parameter((target, key, index) => {
    Query(new SchemaPipe(schema, 'query'))(target, key, index);
    const fields = Object.entries(schema.shape);
    addInputs(target, key, { query: fields.map(([name]) => name) });
    for (const [name, field] of fields) {
      if (!(field instanceof z.ZodType)) continue;
      const required = !field.safeParse(undefined).success;
      onMethod(ApiQuery({ name, required, ...asParameter(field) }), target, key);
    }
  });
}

/** A `TextBody` of one of these types, whose schema the handler has a planning thread check. */
export function FromText(schema: z.ZodType, types: readonly string[] = [jsonType]): ParameterDecorator {
  return parameter((target, key, index) => {
    Body(textPipe)(target, key, index);
    takesBody(target, key, types, { $ref: referenceTo(schema) });
  });
}

/** A body of bytes, as a stream. */
export function FromBytes(types: readonly string[]): ParameterDecorator {
  return parameter((target, key, index) => {
    Body()(target, key, index);
    takesBody(target, key, types, { type: 'string', format: 'binary' });
  });
}

function takesBody(target: object, key: string | symbol, consumes: readonly string[], schema: object): void {
  addInputs(target, key, { consumes });
  onMethod(ApiConsumes(...consumes), target, key);
  onMethod(ApiBody({ schema, required: true }), target, key);
}

function asParameter(schema: z.ZodType) {
  return { schema: parameterSchema(schema) };
}

function addInputs(target: object, key: string | symbol, more: Partial<RouteInputs>): void {
  const { consumes, query } = inputsOf(target, key);
  const inputs: RouteInputs = {
    consumes: [...consumes, ...(more.consumes ?? [])],
    query: [...query, ...(more.query ?? [])],
  };
  Reflect.defineMetadata(inputsKey, inputs, target, key);
}

function isInputs(value: unknown): value is RouteInputs {
  return typeof value === 'object' && value !== null && 'consumes' in value && 'query' in value;
}

function parameter(
  decorate: (target: object, key: string | symbol, index: number) => void,
): ParameterDecorator {
  return (target, key, index) => {
    if (key !== undefined) decorate(target, key, index);
  };
}

function onMethod(decorator: MethodDecorator, target: object, key: string | symbol): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  if (descriptor) decorator(target, key, descriptor);
}
