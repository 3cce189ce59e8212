/** The contracts' schemas as OpenAPI components, and decorators that refer to them. */
import {
  BestBundle,
  CollectionResult,
  Demand,
  CorpusRecord,
  EpochList,
  ErrorBody,
  LiveEvent,
  Preview,
  ReindexResult,
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
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

const schemas = {
  BestBundle,
  CollectionResult,
  Demand,
  CorpusRecord,
  EpochList,
  ErrorBody,
  LiveEvent,
  Preview,
  ReindexResult,
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
type SchemaName = keyof typeof schemas;

const referenceTo = (name: string) => `#/components/schemas/${name}`;

/** All schemas in wire form, each referring to the others by name. */
export function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: converted } = z.toJSONSchema(registry, {
    io: 'input',
    target: 'openapi-3.0',
    unrepresentable: 'any',
    uri: referenceTo,
  });
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => {
      const { $id, id, ...rest } = schema;
      return [name, $id === undefined && id === undefined ? schema : rest];
    }),
  );
}

/** What an endpoint answers, and its refusals. */
export function Answers(status: number, name: SchemaName, refusals: readonly number[] = []) {
  return applyDecorators(
    ApiResponse({ status, description: name, schema: { $ref: referenceTo(name) } }),
    ...refusals.map((code) =>
      ApiResponse({ status: code, description: 'refused', schema: { $ref: referenceTo('ErrorBody') } }),
    ),
  );
}

export function Takes(name: SchemaName) {
  return ApiBody({ schema: { $ref: referenceTo(name) } });
}
