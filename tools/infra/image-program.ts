/** A program of a built image, as a container would run it: user 10001, and only `/tmp` and the cache to write to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable } from '@honyaku/contracts';
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
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', ...asUser, ...program], {
      cwd: join(stage.root, stage.workFolder),
      env: { ...environmentIn(stage, path), TMPDIR: onMachine(stage, '/tmp'), ...environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const deadline = Date.now() + readySeconds * 1000;
    while (Date.now() < deadline && this.child.exitCode === null && this.child.signalCode === null) {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await delay(200);
    }
    throw new Unavailable(`${name} was not ready within ${readySeconds} s:\n${this.endOfLog()}`);
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
    return readFileSync(this.settings.logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  }
}
