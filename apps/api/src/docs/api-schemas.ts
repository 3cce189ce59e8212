/** Converts the contracts' schemas to OpenAPI components. */
import * as contracts from '@honyaku/contracts';
import { z } from 'zod';

const { Bug, ErrorBody, Parameter, routes } = contracts;

const optionsOfJsonSchema = {
  io: 'input',
  target: 'openapi-3.0',
  unrepresentable: 'any',
  // OpenAPI 3.0 lacks `propertyNames`, so a record with enumerated keys is written as an object with those properties.
  override: ({ zodSchema, jsonSchema }) => {
    if (!(zodSchema instanceof z.ZodRecord && zodSchema.keyType instanceof z.ZodEnum)) return;
    const value = jsonSchema.additionalProperties;
    if (typeof value !== 'object') return;
    jsonSchema.properties = Object.fromEntries(zodSchema.keyType.options.map((name) => [name, value]));
    jsonSchema.additionalProperties = false;
  },
} as const satisfies z.core.ToJSONSchemaParams;

/** The schemas of all requests and answers, with the names under which the contracts export them. */
const named = new Map(
  [
    ...Object.values(routes).flatMap((route: contracts.RouteDeclaration) => [
      route.answers instanceof z.ZodType ? route.answers : route.answers.mentions,
      route.body && 'schema' in route.body ? route.body.schema : undefined,
    ]),
    ErrorBody,
    // A sweep uses it once for each hyperparameter.
    Parameter,
  ]
    .filter((schema) => schema !== undefined)
    .map((schema) => [schema, exportedName(schema)]),
);

function exportedName(schema: z.ZodType): string {
  const found = Object.entries(contracts).find(([, value]) => value === schema);
  if (!found) throw new Bug('a route uses a schema that the contracts do not export');
  return found[0];
}

const pathOf = (name: string) => `#/components/schemas/${name}`;

/** The `$ref` of a schema. @throws Bug when no route uses it */
export function referenceTo(schema: z.ZodType): string {
  const name = named.get(schema);
  if (name === undefined) throw new Bug('the OpenAPI document does not contain the schema');
  return pathOf(name);
}

/** The schema of a path or query parameter, in wire form. */
export function parameterSchema(schema: z.ZodType): object {
  const { $schema, description, ...rest } = z.toJSONSchema(schema, optionsOfJsonSchema);
  return rest;
}

/** All component schemas in wire form; they refer to each other by name. */
export function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of named) registry.add(schema, { id });
  const { schemas: converted } = z.toJSONSchema(registry, { ...optionsOfJsonSchema, uri: pathOf });
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => {
      const { $id, id, ...rest } = schema;
      return [name, $id === undefined && id === undefined ? schema : rest];
    }),
  );
}
