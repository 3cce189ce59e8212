/** What must hold in every overlay. Without kustomize (`npm run lint:k8s` builds it) these tests are skipped. */
import { ApiEnvironment, WorkerEnvironment } from '@honyaku/contracts';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { buildOverlay, overlays } from './overlays.ts';
import { builtProgram } from './programs.ts';

const Thing = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
const Settings = z.looseObject({ kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string()) });
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
});
const Workload = z.looseObject({
  kind: z.enum(['Deployment', 'StatefulSet']),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(Container) }) }),
  }),
});
const ScaledObject = z.looseObject({
  kind: z.literal('ScaledObject'),
  spec: z.looseObject({
    scaleTargetRef: z.object({ name: z.string() }),
    fallback: z.object({ replicas: z.number(), behavior: z.string(), failureThreshold: z.number() }),
  }),
});

const environments = { api: ApiEnvironment, worker: WorkerEnvironment };
const known = { ...ApiEnvironment.shape, ...WorkerEnvironment.shape };

const kustomize = builtProgram('kustomize');

it.each(readdirSync(join(import.meta.dirname, '../../k8s/components')))(
  'the component %s is in an overlay that is checked',
  (component) => {
    const texts = overlays.map(({ folder }) => readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
    expect(texts.some((text) => text.includes(`/components/${component}\n`))).toBe(true);
  },
);

describe.skipIf(kustomize === undefined).each(overlays)('overlay $name', (overlay) => {
  let things: z.infer<typeof Thing>[] = [];
  beforeAll(async () => {
    const stream = parseAllDocuments(await buildOverlay(kustomize ?? '', overlay));
    things = z.array(Thing).parse(stream.map((document) => document.toJS()));
  });
  const all = <Schema extends z.ZodType>(schema: Schema): z.output<Schema>[] =>
    things.flatMap((thing) => {
      const parsed = schema.safeParse(thing);
      return parsed.success ? [parsed.data] : [];
    });
  const containers = () => all(Workload).flatMap(({ spec }) => spec.template.spec.containers);

  /** The variables of a container; those that come from a secret or from the pod have no value here. */
  const variablesOf = (container: z.output<typeof Container>) => {
    const shared = container.envFrom.flatMap(({ configMapRef }) =>
      all(Settings.and(Thing)).filter(({ metadata }) => metadata.name === configMapRef.name),
    );
    return new Map([
      ...shared.flatMap(({ data }) => Object.entries(data)),
      ...container.env.map(({ name, value }) => [name, value] as const),
    ]);
  };

  it('holds no secret', () => {
    expect(things.map(({ kind }) => kind)).not.toContain('Secret');
  });

  it('names a version of every image', () => {
    for (const { image } of containers()) expect(image).toMatch(/:v?\d+\.\d+[\w.-]*$/);
  });

  it.each(['api', 'worker'] as const)('sets what the %s needs, by names and values that it knows', (name) => {
    const ours = containers().filter((container) => container.name === name);
    expect(ours.length).toBeGreaterThan(0);
    for (const container of ours) {
      const variables = variablesOf(container);
      for (const [variable, value] of variables) {
        const schema = Object.entries(known).find(([field]) => field === variable)?.[1];
        expect(schema, `${variable} is a variable of honyaku`).toBeDefined();
        if (value !== undefined) expect(schema?.safeParse(value).error, variable).toBeUndefined();
      }
      for (const [field, schema] of Object.entries(environments[name].shape))
        if (!schema.safeParse(undefined).success) expect([...variables.keys()]).toContain(field);
    }
  });

  it('does not open the API without a token', () => {
    for (const container of containers().filter(({ name }) => name === 'api'))
      expect([...variablesOf(container).keys()]).toContain('HONYAKU_API_TOKEN');
  });

  it('leaves the number of workers to KEDA where it scales them, and keeps them when the API is away', () => {
    for (const { spec } of all(ScaledObject)) {
      const target = all(Workload).find(({ metadata }) => metadata.name === spec.scaleTargetRef.name);
      expect(target?.spec).toBeDefined();
      expect(target?.spec.replicas).toBeUndefined();
      // With 0 KEDA ends every worker once the cool-down is over.
      expect(spec.fallback).toMatchObject({ behavior: 'currentReplicas', replicas: 1 });
    }
  });
});
