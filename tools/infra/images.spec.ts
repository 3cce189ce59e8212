import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiEnvironment, WorkerEnvironment } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { run } from '../setup/command.ts';
import { hadolint } from '../setup/python-steps.ts';
import { buildContext, environmentOf, readStages, repository, type Stage } from './dockerfile.ts';

const images = join(repository, 'infra', 'images');
const context = await buildContext();
/** Variables that other programs than ours read. */
const foreign = [
  'HOME',
  'NODE_ENV',
  'TF_CPP_MIN_LOG_LEVEL',
  'NVIDIA_DRIVER_CAPABILITIES',
  'LD_LIBRARY_PATH',
  'PATH',
  'HONYAKU_HOME',
];

function textsOf(stage: Stage | undefined, word: string): string[] {
  return (stage?.instructions ?? []).filter((each) => each.word === word).map(({ text }) => text);
}

describe.each([
  { name: 'api', environment: ApiEnvironment },
  { name: 'worker', environment: WorkerEnvironment },
])('the Dockerfile of the $name', async ({ name, environment }) => {
  const stages = await readStages(name);
  const last = stages.at(-1);

  it('gives hadolint nothing to say', async () => {
    const output = await run(hadolint(), ['--no-color', join(images, `${name}.Dockerfile`)], { seconds: 60 });
    expect(output).toBe('');
  });

  it('stands on one image, whose version is pinned', () => {
    const [base, ...others] = stages;
    expect(base?.from).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
    expect(new Set(others.map(({ from }) => from))).toEqual(new Set([base?.name]));
  });

  it('copies from the build context only what .dockerignore lets through', () => {
    const sources = stages
      .flatMap((stage) => textsOf(stage, 'COPY'))
      .filter((text) => !text.startsWith('--from'))
      .flatMap((text) => text.split(' ').slice(0, -1));
    for (const source of sources)
      expect(
        context.filter((file) => source === '.' || file === source || file.startsWith(`${source}/`)),
        source,
      ).not.toHaveLength(0);
  });

  it('runs as user and group 10001, with a health check, from a program that is there', () => {
    expect(textsOf(last, 'USER')).toEqual(['10001:10001']);
    expect(textsOf(last, 'HEALTHCHECK')).toHaveLength(1);
    expect(textsOf(last, 'ENTRYPOINT')).toEqual([`["node", "--import", "tsx", "apps/${name}/src/main.ts"]`]);
    expect(context).toContain(`apps/${name}/src/main.ts`);
    expect(context).toContain('infra/images/healthy.mjs');
  });

  it('compiles in other stages than the one that is shipped', () => {
    expect(textsOf(last, 'RUN').join(' ')).not.toMatch(/g\+\+|\bpip\b|\bnpm\b|\.sh\b/);
  });

  it('sets no variable that the program does not read, and no secret', () => {
    const known = [...Object.keys(environment.shape), ...foreign];
    const set = last ? Object.keys(environmentOf(last)) : [];
    expect(known).toEqual(expect.arrayContaining(set));
    expect(set.join(' ')).not.toMatch(/TOKEN|SECRET|PASSWORD|KEY/);
  });

  it('brings tsx, which runs the program from its source', async () => {
    const text = await readFile(join(repository, 'apps', name, 'package.json'), 'utf8');
    const manifest: unknown = JSON.parse(text);
    expect(manifest).toHaveProperty('dependencies.tsx');
  });
});

describe('infra/images', () => {
  it('has the same native stage in both images, so that it is built once', async () => {
    const [api, worker] = await Promise.all(['api', 'worker'].map((name) => readStages(name)));
    expect(api?.slice(0, 3)).toEqual(worker?.slice(0, 3));
    expect(api?.[2]?.name).toBe('native');
  });

  it('begins both images with the same large layer, so that machines and registries keep it once', async () => {
    const [api, worker] = await Promise.all(['api', 'worker'].map((name) => readStages(name)));
    const first = worker?.at(-1)?.instructions[0];
    expect(first).toEqual({ word: 'COPY', text: '--from=native /opt/honyaku /opt/honyaku' });
    expect(api?.at(-1)?.instructions[0]).toEqual(first);
    expect(api?.at(-1)?.from).toBe(worker?.at(-1)?.from);
  });

  it('finds a driver that the cluster mounts', async () => {
    const worker = (await readStages('worker')).at(-1);
    const { LD_LIBRARY_PATH: libraries, PATH: programs } = worker ? environmentOf(worker) : {};
    expect(libraries?.split(':')).toContain('/usr/local/nvidia/lib64');
    expect(programs?.split(':')).toEqual(expect.arrayContaining(['/usr/bin', '/usr/local/nvidia/bin']));
  });

  it('lets no test, no secret and nothing of git into a build', () => {
    const strange = context.filter((file) =>
      /\.spec\.ts$|(^|\/)(\.env|\.git|node_modules|test|fixtures)(\/|$)/.test(file),
    );
    expect(strange).toEqual([]);
    expect(context).toEqual(
      expect.arrayContaining(['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json']),
    );
  });

  it('has scripts without errors of syntax', async () => {
    const scripts = (await readdir(images)).filter((file) => file.endsWith('.sh'));
    expect(scripts).toHaveLength(3);
    for (const script of scripts) await run('sh', ['-n', join(images, script)], { seconds: 10 });
  });
});
