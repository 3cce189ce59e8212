/** The `@Route` decorator: a route's declaration registers its handler, checks its inputs and encodes its answer. */
import { Readable } from 'node:stream';
import {
  type AnswerOf,
  type BodyDeclaration,
  Bug,
  InvalidInput,
  type ParametersOf,
  type RouteDeclaration,
  type Shape,
  parseInput,
  type routes,
  toWire,
} from '@honyaku/contracts';
import {
  type CallHandler,
  type ExecutionContext,
  HttpCode,
  type NestInterceptor,
  RequestMapping,
  RequestMethod,
  StreamableFile,
  UseInterceptors,
  applyDecorators,
  createParamDecorator,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyRequest } from 'fastify';
import { type Observable, map } from 'rxjs';
import { z } from 'zod';
import { TextBody } from './body-parsers.ts';

declare module 'fastify' {
  /** What the server's hooks know about the route of a request. */
  interface FastifyContextConfig {
    /** Undefined for the OpenAPI document and its page, which are not declared routes. */
    readonly route?: RouteDeclaration;
    /** The methods that the path has, when the request's method is not one of them. */
    readonly allow?: string;
  }
}

type BodyOf<Route extends RouteDeclaration> = Route extends {
  readonly body: infer Body extends BodyDeclaration;
}
  ? { readonly body: Body extends { readonly bytes: readonly string[] } ? Readable : TextBody }
  : unknown;

type GivenTo<Route extends RouteDeclaration> = ParametersOf<Route> & BodyOf<Route>;

/** The argument of a route's handler: checked parameters, and the body, which the handler itself checks. */
export type InputOf<Name extends keyof typeof routes> = GivenTo<(typeof routes)[Name]>;

/** An answer that is serialized already. */
type Serialized = StreamableFile | Buffer | string;

type Handler<Route extends RouteDeclaration> = (
  input: GivenTo<Route>,
  ...others: never[]
) => Promise<AnswerOf<Route> | Serialized | void>;

/** Makes a method the handler of the route; its first argument is the route's `InputOf`. */
export function Route<Declared extends RouteDeclaration>(route: Declared) {
  return <Method extends Handler<Declared>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    Input(route)(target, key, 0);
    applyDecorators(
      RequestMapping({ path: route.path, method: RequestMethod[route.method] }),
      HttpCode(route.status ?? 200),
      RouteConfig({ route }),
      ...(route.answers instanceof z.ZodType ? [UseInterceptors(new AnswerEncoder(route.answers))] : []),
    )(target, key, descriptor);
  };
}

const Input = createParamDecorator((route: RouteDeclaration, context: ExecutionContext) => {
  const { params, query, body } = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    ...checkedBy(route.params, params),
    ...checkedBy(route.query, query),
    ...(route.body === undefined ? {} : { body: checkedBody(route.body, body) }),
  };
});

function checkedBy(shape: Shape = {}, given: unknown): Record<string, unknown> {
  const values = new Map(Object.entries(given ?? {}));
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [
      name,
      parseInput(schema, values.get(name), schema.description ?? name),
    ]),
  );
}

function checkedBody(declared: BodyDeclaration, body: unknown): Readable | TextBody {
  if ('bytes' in declared) {
    if (body instanceof Readable) return body;
    throw new Bug('a binary body did not arrive as a stream');
  }
  if (body instanceof TextBody) return body;
  throw new InvalidInput('body: missing');
}

class AnswerEncoder implements NestInterceptor {
  constructor(private readonly schema: z.ZodType) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((answer) => (isSerialized(answer) ? answer : toWire(this.schema, answer))));
  }
}

function isSerialized(answer: unknown): answer is Serialized {
  return typeof answer === 'string' || answer instanceof StreamableFile || Buffer.isBuffer(answer);
}
