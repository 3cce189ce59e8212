/** A program of a built image, as a container would run it: user 10001, and only `/tmp` and the cache to write to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { paths } from '@honyaku/contracts';
import { lastLines } from '../processes/until.ts';
import { untilReady } from '../processes/until-ready.ts';
import { run } from '../setup/command.ts';
import { type BuiltStage, environmentIn, onMachine } from './image-build.ts';

const user = 10_001;
const readySeconds = 90;
const stopSeconds = 90;
const asUser = [
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
];

export class ImageProgram {
  private child: ChildProcess | undefined;

  constructor(
    private readonly settings: {
      readonly name: 'api' | 'worker';
      readonly stage: BuiltStage;
      readonly path: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly logFile: string;
      readonly url: string;
    },
  ) {}

  /** @throws Unavailable with the end of its log when `/readyz` does not answer in time */
  async start(): Promise<void> {
    const { name, stage, path, environment, logFile, url } = this.settings;
    for (const folder of ['/tmp', '/var/cache/honyaku']) {
      await mkdir(onMachine(stage, folder), { recursive: true });
      await chown(onMachine(stage, folder), user, user);
    }
    const log = openSync(logFile, 'a', 0o600);
    const program = ['node', '--import', 'tsx', `apps/${name}/src/main.ts`];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...asUser, ...program], {
      cwd: join(stage.root, stage.workFolder),
      env: { ...environmentIn(stage, path), TMPDIR: onMachine(stage, '/tmp'), ...environment },
      stdio: ['ignore', log, log],
    });
    this.child = child;
    closeSync(log);
    await untilReady({
      name,
      url: `${url}${paths.ready}`,
      seconds: readySeconds,
      logFile,
      runs: () => child.exitCode === null && child.signalCode === null,
    });
  }

  /** The image's own health check. @throws CommandFailed when it fails */
  async checkHealth(): Promise<void> {
    const { stage, path, url } = this.settings;
    await run('setpriv', [...asUser, 'node', 'infra/images/healthy.mjs', `${url}/healthz`], {
      cwd: join(stage.root, stage.workFolder),
      seconds: 20,
      environment: environmentIn(stage, path),
    });
  }

  /** SIGTERM. @returns the exit code; null when it had to be killed */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
    await gone;
    clearTimeout(late);
    return child.exitCode;
  }

  endOfLog(): string {
    return lastLines(this.settings.logFile);
  }
}
