import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiEnvironment, readEnvironment, WorkerEnvironment } from '@honyaku/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { run } from '../setup/command.ts';
import { canLoad, loadServices, type Service } from './compose-project.ts';
import { environmentOf, readStages, repository } from './dockerfile.ts';

const infra = join(repository, 'infra');
const read = (...path: string[]) => readFile(join(infra, ...path), 'utf8');
const example = await read('env.example');
const required = [...example.matchAll(/^(\w+)=$/gm)].map(([, name = '']) => name);
const filledIn = Object.fromEntries(required.map((name) => [name, `a-secret-for-${name}`]));
/** A variable of the OpenTelemetry library. */
const foreign = 'OTEL_EXPORTER_OTLP_ENDPOINT';

describe('env.example', () => {
  it('is filled with random values by the command in it', async () => {
    const command = /^# +\(umask.*sed -E ('.*')/m.exec(example)?.[1] ?? '';
    const made = await run('sh', ['-c', `sed -E ${command} env.example`], { cwd: infra, seconds: 20 });
    for (const name of required) expect(made).toMatch(new RegExp(`^${name}=[0-9a-f]{48}$`, 'm'));
  });
});

describe.skipIf(!(await canLoad()))('compose.yaml, as docker compose reads it (needs Go)', () => {
  let services: [string, Service][];
  const service = (name: string) => services.find(([each]) => each === name)?.[1];
  beforeAll(async () => {
    services = Object.entries(await loadServices(['compose.yaml'], filledIn));
  }, 900_000);

  it.each(required)('does not start without %s', async (name) => {
    await expect(loadServices(['compose.yaml'], { ...filledIn, [name]: '' })).rejects.toThrow(
      `required variable ${name} is missing a value: see infra/env.example`,
    );
  });

  it('passes on each setting that env.example and infra/README.md name', async () => {
    const offered = [...example.matchAll(/^# (\w+)=/gm)].map(([, name = '']) => name);
    const named = [...(await read('README.md')).matchAll(/`(HONYAKU_\w+|OTEL_\w+)`/g)].map(
      ([, name = '']) => name,
    );
    const forCompose = [...required, 'HONYAKU_TRIALS_WORKERS'];
    const settings = [...new Set([...offered, ...named])].filter((name) => !forCompose.includes(name));
    const set = Object.fromEntries(settings.map((name) => [name, `given-${name}`]));
    const given = Object.values(await loadServices(['compose.yaml'], { ...filledIn, ...set }));
    for (const name of settings)
      expect(
        given.some(({ environment }) => environment?.[name] === `given-${name}`),
        name,
      ).toBe(true);
  });

  it('builds every image once, and asks no registry for it', () => {
    const ours = services.filter(([, { image }]) => image.startsWith('honyaku-'));
    const built = ours.filter(([, each]) => each.build).map(([, { image }]) => image);
    expect(built.sort()).toEqual([...new Set(ours.map(([, { image }]) => image))].sort());
    for (const [name, each] of ours) expect(each.pull_policy, name).toBe(each.build ? 'build' : 'never');
  });

  it('has a first process that collects what killed children leave', () => {
    for (const [name, { init }] of services) expect(init, name).toBe(true);
  });

  it('gives what keeps data, and what gives its work back, the time to end by itself', () => {
    const wanted = {
      redis: 60,
      'object-store': 60,
      prometheus: 60,
      grafana: 30,
      // Each gives up by itself before: the API after 15 s, a worker after 60.
      api: 20,
      'worker-preprocess': 90,
      'worker-trials': 90,
    };
    const given = services.map(([name, each]) => [name, secondsOf(each.stop_grace_period)]);
    expect(Object.fromEntries(given)).toEqual(wanted);
  });

  it('has an object store that serves S3 requests alone', () => {
    expect(service('object-store')?.command).toContain('-disableHttp=true');
  });

  it('pins every image to a version', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/:v?\d+\.\d+[\w.-]*$/);
  });

  it('publishes on loopback alone', () => {
    const published = services.flatMap(([, { ports }]) => ports ?? []);
    expect(published.map(({ published }) => published).sort()).toEqual(['3000', '7400', '8333', '9090']);
    for (const { host_ip } of published) expect(host_ip).toBe('127.0.0.1');
  });

  it('hardens every service, and knows whether it is well', () => {
    for (const [name, each] of services) {
      expect(each, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        healthcheck: { test: expect.arrayContaining(['CMD']) },
      });
      expect(each.cap_add ?? each.privileged, name).toBeUndefined();
    }
  });

  it('mounts nothing of the machine but configuration that is there', () => {
    const bound = services.flatMap(([, { volumes }]) => volumes ?? []).filter(({ type }) => type === 'bind');
    const dashboards = join(repository, 'k8s/components/monitoring/dashboards');
    for (const { source = '' } of bound)
      expect((source.startsWith(infra) || source === dashboards) && existsSync(source), source).toBe(true);
  });

  it.each([
    { name: 'api', image: 'api', schema: ApiEnvironment },
    { name: 'worker-preprocess', image: 'worker', schema: WorkerEnvironment },
    { name: 'worker-trials', image: 'worker', schema: WorkerEnvironment },
  ])(
    'gives $name the settings that it needs, and none that it does not know',
    async ({ name, image, schema }) => {
      const environment = service(name)?.environment ?? {};
      expect([...Object.keys(schema.shape), foreign]).toEqual(
        expect.arrayContaining(Object.keys(environment)),
      );
      const set = Object.entries(environment).flatMap(([key, value]) =>
        value === null ? [] : [[key, value]],
      );
      const last = (await readStages(image)).at(-1);
      const all = { ...(last ? environmentOf(last) : {}), ...Object.fromEntries(set) };
      expect(() => readEnvironment(schema, all)).not.toThrow();
    },
  );

  it('starts API and workers once Redis and the bucket are well', () => {
    const healthy = { condition: 'service_healthy' };
    for (const name of ['api', 'worker-preprocess', 'worker-trials'])
      expect(service(name)?.depends_on, name).toMatchObject({ redis: healthy, 'object-store': healthy });
  });

  it('lets only API and workers reach Redis, and only Prometheus reach their metrics', () => {
    const on = (network: string) =>
      services.filter(([, { networks }]) => network in networks).map(([name]) => name);
    const programs = ['api', 'worker-preprocess', 'worker-trials'];
    expect(on('data').sort()).toEqual([...programs, 'object-store', 'redis'].sort());
    expect(on('metrics').sort()).toEqual([...programs, 'prometheus'].sort());
  });

  it('has Prometheus go by rules that are there, and ask services at the ports on which they listen', async () => {
    const Configuration = z.object({
      rule_files: z.array(z.string()).min(1),
      scrape_configs: z.array(
        z.object({ dns_sd_configs: z.array(z.object({ names: z.array(z.string()), port: z.number() })) }),
      ),
    });
    const { rule_files: rules, scrape_configs: jobs } = Configuration.parse(
      parse(await read('prometheus', 'prometheus.yaml')),
    );
    for (const file of rules) expect(existsSync(join(infra, 'prometheus', file)), file).toBe(true);
    const asked = jobs.flatMap((job) =>
      job.dns_sd_configs.flatMap(({ names, port }) => names.map((name) => ({ name, port }))),
    );
    expect(asked.map(({ name }) => name).sort()).toEqual(['api', 'worker-preprocess', 'worker-trials']);
    for (const { name, port } of asked)
      expect(service(name)?.healthcheck?.test.at(-1), name).toBe(`http://127.0.0.1:${port}/readyz`);
  });

  it('trains on a GPU when compose.cuda.yaml is laid over it', async () => {
    const laidOver = await loadServices(['compose.yaml', 'compose.cuda.yaml'], filledIn);
    expect(laidOver['worker-trials']).toMatchObject({
      image: 'honyaku-worker:0.1.0-cuda',
      build: { dockerfile: 'infra/images/worker.Dockerfile', args: { TENSORFLOW: 'cuda' } },
      pull_policy: 'build',
      environment: { HONYAKU_DEVICE: 'gpu' },
      read_only: true,
    });
    expect(laidOver['worker-preprocess']).toEqual(service('worker-preprocess'));
  });
});

describe.skipIf(!(await canLoad()))('publish.yaml (needs Go)', () => {
  it('builds what the overlays of Kubernetes name, in a registry of your own', async () => {
    const services = await loadServices(['publish.yaml'], { REGISTRY: 'registry.example/team' });
    expect(
      Object.values(services).map(({ image, build }) => [
        image,
        build?.dockerfile,
        build?.args?.['TENSORFLOW'],
      ]),
    ).toEqual([
      ['registry.example/team/honyaku-api:0.1.0', 'infra/images/api.Dockerfile', undefined],
      ['registry.example/team/honyaku-worker:0.1.0-cpu', 'infra/images/worker.Dockerfile', 'cpu'],
      ['registry.example/team/honyaku-worker:0.1.0-cuda', 'infra/images/worker.Dockerfile', 'cuda'],
    ]);
  });

  it('does not build without one', async () => {
    await expect(loadServices(['publish.yaml'], {})).rejects.toThrow('REGISTRY');
  });
});

/** Seconds of a duration as Go writes it; Docker waits for 10 s by default. */
function secondsOf(duration = '10s'): number {
  const [, minutes = 0, seconds = 0] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

describe('grafana/provisioning', () => {
  it('looks for dashboards where compose.yaml mounts them', async () => {
    const path: unknown = parse(await read('grafana', 'provisioning', 'dashboards', 'honyaku.yaml'));
    expect(path).toMatchObject({ providers: [{ options: { path: '/etc/grafana/dashboards' } }] });
    expect(await read('compose.yaml')).toContain(
      '../k8s/components/monitoring/dashboards:/etc/grafana/dashboards:ro',
    );
  });
});
