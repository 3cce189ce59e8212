/** The contracts' schemas as OpenAPI components. */
import {
  BestBundle,
  Bug,
  CollectionResult,
  Demand,
  CorpusRecord,
  DatasetReport,
  EpochList,
  ErrorBody,
  Health,
  LiveEvent,
  Preview,
  Readiness,
  ReindexState,
  SearchSpace,
  SweepExtension,
  SweepList,
  SweepLogList,
  SweepSpec,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  TranslationList,
  TrialList,
  TrialView,
  TrialsByHand,
} from '@honyaku/contracts';
import { z } from 'zod';

const schemas = {
  BestBundle,
  CollectionResult,
  Demand,
  CorpusRecord,
  DatasetReport,
  EpochList,
  ErrorBody,
  Health,
  LiveEvent,
  /** A constant or a range. */
  Parameter: SearchSpace.valueType,
  Preview,
  Readiness,
  ReindexState,
  SweepExtension,
  SweepList,
  SweepLogList,
  SweepSpec,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  TranslationList,
  TrialList,
  TrialView,
  TrialsByHand,
};
const optionsOfJsonSchema = {
  io: 'input',
  target: 'openapi-3.0',
  unrepresentable: 'any',
  // OpenAPI 3.0 has no names of properties but properties: without them any name would seem to be allowed.
  override: ({ zodSchema, jsonSchema }) => {
    if (!(zodSchema instanceof z.ZodRecord && zodSchema.keyType instanceof z.ZodEnum)) return;
    const value = jsonSchema.additionalProperties;
    if (typeof value !== 'object') return;
    jsonSchema.properties = Object.fromEntries(zodSchema.keyType.options.map((name) => [name, value]));
    jsonSchema.additionalProperties = false;
  },
} as const satisfies z.core.ToJSONSchemaParams;

const pathOf = (name: string) => `#/components/schemas/${name}`;

/** Where the document has the schema. @throws Bug when it is none of those above */
export function referenceTo(schema: z.ZodType): string {
  const found = Object.entries(schemas).find(([, each]) => each === schema);
  if (!found) throw new Bug('a route names a schema that the OpenAPI document does not have');
  return pathOf(found[0]);
}

/** Of a parameter of a path or query, as it is written there. */
export function parameterSchema(schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, optionsOfJsonSchema);
  return rest;
}

/** All schemas in wire form, each referring to the others by name. */
export function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: converted } = z.toJSONSchema(registry, { ...optionsOfJsonSchema, uri: pathOf });
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => {
      const { $id, id, ...rest } = schema;
      return [name, $id === undefined && id === undefined ? schema : rest];
    }),
  );
}
