/**
 * Declarations of the API's routes. From one declaration follow the server's registration and input checks, the OpenAPI
 * document, and the types of clients.
 */
import { type z } from 'zod';
import { Bug } from './errors.ts';
import { parseInput } from './json.ts';

export type Shape = Readonly<Record<string, z.ZodType>>;

export type EmptyShape = Readonly<Record<never, z.ZodType>>;

/** JSON or YAML that matches a schema, or a stream of bytes, each with its content types. */
export type BodyDeclaration =
  { readonly schema: z.ZodType; readonly types: readonly string[] } | { readonly bytes: readonly string[] };

/** An answer of another content type than JSON. */
export interface OtherAnswer {
  readonly type: string;
  readonly description: string;
  /** A schema that the description refers to. */
  readonly mentions?: z.ZodType;
}

export interface RouteDeclaration {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` in place of each parameter. */
  readonly path: string;
  /** Heading under which the documentation lists it. */
  readonly group: string;
  readonly summary: string;
  readonly description?: string;
  /** Path parameters; errors name each by its schema's description. */
  readonly params?: Shape;
  /** Query parameters; any other is refused. */
  readonly query?: Shape;
  /** Request headers beyond those of every route, each with a description. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyDeclaration;
  /** Status of success, 200 by default. */
  readonly status?: number;
  /** Schema of the JSON answer, or another content type. */
  readonly answers: z.ZodType | OtherAnswer;
  /** Error statuses beyond those of `errorStatusesOf`. */
  readonly errors?: readonly number[];
  /** Whether the route needs no token, since probes and scrapers have none. */
  readonly isOpen?: boolean;
  /** Whether the route answers without Redis and the bucket. */
  readonly isIndependent?: boolean;
}

type Outputs<Declared> = Declared extends Shape
  ? { readonly [Name in keyof Declared]: z.output<Declared[Name]> }
  : unknown;

type OptionalNames<Declared extends Shape> = {
  [Name in keyof Declared]: undefined extends z.input<Declared[Name]> ? Name : never;
}[keyof Declared];

/** Parameters of a client's request; those with a default may be omitted. */
export type GivenParameters<Declared extends Shape> = {
  readonly [Name in Exclude<keyof Declared, OptionalNames<Declared>>]: z.output<Declared[Name]>;
} & { readonly [Name in OptionalNames<Declared>]?: z.output<Declared[Name]> | undefined };

/** A route with the parameters that it declares. */
export type RouteWith<Params extends Shape, Query extends Shape> = Omit<
  RouteDeclaration,
  'params' | 'query'
> & {
  readonly params?: Params;
  readonly query?: Query;
};

type Declared<Route, Key extends string> =
  Route extends Readonly<Record<Key, infer Value>> ? Value : undefined;

/** Checked parameters of path and query, as the server's handler receives them. */
export type ParametersOf<Route extends RouteDeclaration> = Outputs<Declared<Route, 'params'>> &
  Outputs<Declared<Route, 'query'>>;

/** The decoded JSON answer of a route. */
export type AnswerOf<Route extends RouteDeclaration> = Route['answers'] extends z.ZodType
  ? z.output<Route['answers']>
  : never;

/** @throws Bug when the declared parameters differ from those of the path */
export function declareRoute<const Route extends RouteDeclaration>(route: Route): Route {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const declared = Object.keys(route.params ?? {});
  if (inPath.toSorted().join() !== declared.toSorted().join())
    throw new Bug(`${route.method} ${route.path} declares the parameters ${declared.join(', ') || 'none'}`);
  return route;
}

/**
 * Path and query of a request, with escaped parameters; query parameters that are undefined are omitted.
 * @throws InvalidInput for a path parameter that its schema refuses: an empty one, or `..`, would make another path
 */
export function urlOf<Params extends Shape = EmptyShape, Query extends Shape = EmptyShape>(
  route: RouteWith<Params, Query>,
  given: GivenParameters<Params> & GivenParameters<Query>,
): string {
  const values = new Map(Object.entries<unknown>(given));
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const text = String(values.get(name));
    const schema = route.params?.[name];
    if (schema) parseInput(schema, text, `${schema.description ?? name} ${JSON.stringify(text)}`);
    return encodeURIComponent(text);
  });
  const query = new URLSearchParams();
  for (const name of Object.keys(route.query ?? {}))
    if (values.get(name) !== undefined) query.set(name, String(values.get(name)));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** All error statuses of a route, in ascending order. */
export function errorStatusesOf(route: RouteDeclaration): number[] {
  const { method, params, query, body, errors = [], isOpen = false, isIndependent = false } = route;
  const hasInput = params !== undefined || query !== undefined || body !== undefined;
  const statuses = [
    // Unknown query parameters are refused, except by open routes.
    ...(hasInput || !isOpen ? [400] : []),
    ...(isOpen ? [] : [401, 403]),
    // Also for a body on a route that takes none; a GET's body is ignored.
    ...(method === 'GET' ? [] : [415]),
    ...(body === undefined ? [] : [413]),
    ...(isIndependent ? [] : [500, 503]),
    ...errors,
  ];
  return [...new Set(statuses)].toSorted((a, b) => a - b);
}

/** The content types that a route's body may have; none if it takes no body. */
export function bodyTypesOf({ body }: RouteDeclaration): readonly string[] {
  if (body === undefined) return [];
  return 'bytes' in body ? body.bytes : body.types;
}
