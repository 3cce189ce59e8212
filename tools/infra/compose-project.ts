/**
 * Compose files as `docker compose` reads them: by its own library, in a small Go program that is built once
 * and kept in the cache.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson, installedPaths } from '@honyaku/contracts';
import { z } from 'zod';
import { publishFolder } from '../setup/step.ts';
import { run, goIn, goVersion } from '../setup/command.ts';
import { repository } from './dockerfile.ts';

const source = join(import.meta.dirname, 'go');
const buildSeconds = 900;
/** Not the folder of set-up, which removes unfinished work of others. */
const home = () => join(installedPaths().home, 'compose');

const Service = z.object({
  image: z.string(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  cap_add: z.array(z.string()).optional(),
  privileged: z.boolean().optional(),
  security_opt: z.array(z.string()).optional(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  /** As Go writes a duration: 1m30s. */
  stop_grace_period: z.string().optional(),
  pull_policy: z.string().optional(),
  command: z.array(z.string()).nullish(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  environment: z.record(z.string(), z.string().nullable()).optional(),
  ports: z.array(z.object({ host_ip: z.string().optional(), published: z.string() })).optional(),
  networks: z.record(z.string(), z.unknown()),
  volumes: z
    .array(z.object({ type: z.string(), source: z.string().optional(), target: z.string() }))
    .optional(),
  build: z.object({ dockerfile: z.string(), args: z.record(z.string(), z.string()).optional() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  deploy: z.object({ replicas: z.number().optional() }).optional(),
});
const Project = z.object({ services: z.record(z.string(), Service) });
export type Service = z.output<typeof Service>;

/** Whether the program is there or can be built. */
export async function canLoad(): Promise<boolean> {
  return existsSync(await program()) || (await goVersion()) !== undefined;
}

/**
 * The services of these files of `infra/`, later ones laid over earlier ones, variables put in.
 * @throws CommandFailed saying what is wrong with them, or with the variables
 */
export async function loadServices(
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, Service>> {
  const loader = await program();
  if (!existsSync(loader)) await build();
  const paths = files.map((file) => join(repository, 'infra', file));
  const printed = await run(loader, paths, { cwd: join(repository, 'infra'), seconds: 60, environment });
  return fromJson(Project, printed, files.join(' ')).services;
}

async function program(): Promise<string> {
  return join(home(), await cacheName(), 'compose');
}

async function cacheName(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(source, file)));
  return hash.digest('hex').slice(0, 12);
}

async function build(): Promise<void> {
  await publishFolder(home(), await cacheName(), async (folder) => {
    await goIn(
      source,
      ['build', '-trimpath', '-buildvcs=false', '-o', join(folder, 'compose'), '.'],
      buildSeconds,
    );
  });
}
