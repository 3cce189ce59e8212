/** What must hold in every overlay. Without kustomize (`npm run lint:k8s` builds it) these tests are skipped. */
import { ApiEnvironment, WorkerEnvironment } from '@honyaku/contracts';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { buildOverlay, overlays, builtProgram } from './overlays.ts';

const units = { Mi: 1024 ** 2, Gi: 1024 ** 3 };
/** Bytes. */
const quantity = z
  .templateLiteral([z.int(), z.enum(['Mi', 'Gi'])])
  .transform((text) => Number.parseInt(text, 10) * units[text.endsWith('Gi') ? 'Gi' : 'Mi']);
/** Of the smallest nodes of clouds, what their system and the images leave of 20 GB. */
const smallestDisk = 8 * units.Gi;

const Thing = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
const Settings = z.looseObject({ kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string()) });
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
  resources: z.object({
    requests: z.looseObject({ 'ephemeral-storage': quantity.optional() }),
    limits: z.looseObject({ 'ephemeral-storage': quantity.optional() }),
  }),
});
const Workload = z.looseObject({
  kind: z.enum(['Deployment', 'StatefulSet']),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(Container),
        shareProcessNamespace: z.boolean().optional(),
        terminationGracePeriodSeconds: z.number().optional(),
        volumes: z
          .array(z.looseObject({ emptyDir: z.object({ sizeLimit: quantity }).optional() }))
          .default([]),
      }),
    }),
  }),
});
const Port = z.object({ protocol: z.enum(['TCP', 'UDP']), port: z.union([z.number(), z.string()]) });
const Peer = z.looseObject({
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const Policy = z.looseObject({
  kind: z.literal('NetworkPolicy'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    egress: z.array(z.object({ to: z.array(Peer), ports: z.array(Port) })).default([]),
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

  it('is understood by these tests', () => {
    const count = (...kinds: string[]) => things.filter(({ kind }) => kinds.includes(kind)).length;
    expect(all(Workload)).toHaveLength(count('Deployment', 'StatefulSet'));
    expect(all(Policy)).toHaveLength(count('NetworkPolicy'));
  });

  it('holds no secret', () => {
    expect(things.map(({ kind }) => kind)).not.toContain('Secret');
  });

  it('names a version of every image', () => {
    for (const { image } of containers()) expect(image).toMatch(/:v?\d+\.\d+[\w.-]*$/);
  });

  it('takes the images of honyaku from a registry of your own, or from the nodes, and never from a stranger', () => {
    const ours = containers().filter(({ name }) => name === 'api' || name === 'worker');
    for (const { image } of ours)
      expect(image).toMatch(/^(registry\.example\/)?honyaku-(api:|worker:)0\.1\.0(-cpu|-cuda)?$/);
    expect(readFileSync(join(overlay.folder, 'kustomization.yaml'), 'utf8')).toMatch(
      overlay.name === 'gpu-with-options' ? /overlays\/gpu/ : /^images:$/m,
    );
  });

  it('reaches name servers in the cluster and on the node, and nothing else there', () => {
    const onNode = all(Policy).flatMap(({ spec }) =>
      spec.egress.flatMap(({ to, ports }) =>
        to
          .filter(({ ipBlock }) => ipBlock?.cidr.startsWith('169.254.'))
          .map(({ ipBlock }) => ({ ipBlock, ports })),
      ),
    );
    expect(onNode.map(({ ipBlock }) => ipBlock?.cidr)).toEqual(['169.254.20.10/32', '169.254.169.254/32']);
    for (const { ports } of onNode)
      expect(ports).toEqual([
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ]);
    const openShift = all(Policy)
      .flatMap(({ spec }) => spec.egress)
      .filter(({ to }) => JSON.stringify(to).includes('"openshift-dns"'));
    expect(openShift.map(({ ports }) => ports)).toEqual([
      [
        { protocol: 'UDP', port: 5353 },
        { protocol: 'TCP', port: 5353 },
      ],
    ]);
    const wide = all(Policy)
      .flatMap(({ spec }) => spec.egress.flatMap(({ to }) => to))
      .flatMap(({ ipBlock }) => (ipBlock?.cidr === '0.0.0.0/0' ? [ipBlock] : []));
    for (const { except } of wide) expect(except).toContain('169.254.0.0/16');
  });

  it('lets out what its settings name: the bucket, the collector of traces', () => {
    const open = all(Policy).flatMap(({ spec }) =>
      spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port)),
    );
    const named = all(Settings).flatMap(({ data }) =>
      ['HONYAKU_S3_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'].flatMap((name) => data[name] ?? []),
    );
    expect(named).not.toHaveLength(0);
    for (const address of named) {
      const { protocol, port } = new URL(address);
      const wanted = Number(port || (protocol === 'https:' ? 443 : 80));
      // The object store in the cluster is let through by the name of its port.
      expect(open, address).toContain(wanted === 8333 && !open.includes(8333) ? 's3' : wanted);
    }
    // What other stores and a Redis with TLS listen on.
    if (overlay.name === 'external')
      expect(open).toEqual(expect.arrayContaining([443, 9000, 7480, 6379, 6380]));
  });

  it('runs on nodes of common size, and has room for what it stores there', () => {
    for (const { metadata, spec } of all(Workload)) {
      const { containers, volumes } = spec.template.spec;
      const room = volumes.reduce((sum, { emptyDir }) => sum + (emptyDir?.sizeLimit ?? 0), 0);
      for (const { resources, ...container } of containers) {
        expect(resources.requests['ephemeral-storage'], metadata.name).toBeLessThanOrEqual(smallestDisk);
        expect(resources.limits['ephemeral-storage'], metadata.name).toBeGreaterThanOrEqual(room);
        const cache = variablesOf({ resources, ...container }).get('HONYAKU_CACHE_BYTES');
        if (container.name === 'worker') expect(Number(cache)).toBeLessThanOrEqual(room / 2);
      }
    }
  });

  it('collects what killed children leave', () => {
    for (const { spec } of all(Workload).filter(({ kind }) => kind === 'Deployment'))
      expect(spec.template.spec.shareProcessNamespace).toBe(true);
  });

  it('gives what keeps data, and what gives its work back, the time to end by itself', () => {
    // Each gives up by itself before: the API 15 s after a pause of 5, a worker after 60.
    const least: Record<string, number> = {
      'honyaku-api': 25,
      'honyaku-redis': 60,
      'honyaku-object-store': 60,
      'honyaku-worker-preprocess': 90,
      'honyaku-worker-trials': 90,
    };
    for (const { metadata, spec } of all(Workload))
      expect(spec.template.spec.terminationGracePeriodSeconds, metadata.name).toBeGreaterThanOrEqual(
        least[metadata.name] ?? Infinity,
      );
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

  it('trains on a GPU where a worker is given one, and on nothing else', () => {
    for (const container of containers().filter(({ name }) => name === 'worker')) {
      const hasGpu = 'nvidia.com/gpu' in container.resources.limits;
      expect(variablesOf(container).get('HONYAKU_DEVICE')).toBe(hasGpu ? 'gpu' : undefined);
      expect(container.image.endsWith('-cuda')).toBe(hasGpu);
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
