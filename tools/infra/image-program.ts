/** A program of a built image, as a container would run it: user 10001, and only `/tmp` and the cache to write to. */
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { routes } from '@honyaku/contracts';
import { Program } from '@honyaku/local-stack';
import { lastLines } from '@honyaku/embedded';
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

export interface ImageProgramSettings {
  readonly name: 'api' | 'worker';
  readonly stage: BuiltStage;
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly port: number;
}

export class ImageProgram {
  private readonly program: Program;

  constructor(private readonly settings: ImageProgramSettings) {
    const { name, stage, path, environment, logFile, port } = settings;
    this.program = new Program({
      name,
      script: `apps/${name}/src/main.ts`,
      environment,
      logFile,
      port,
      readySeconds,
      place: {
        folder: join(stage.root, stage.workFolder),
        // The tie to this process is lost with the user that it was made by.
        command: ['setpriv', '--pdeathsig', 'KILL', ...asUser, 'node'],
        environment: { ...environmentIn(stage, path), TMPDIR: onMachine(stage, '/tmp') },
      },
    });
  }

  /** @throws Unavailable with the end of its log when it is not ready in time */
  async start(): Promise<void> {
    const { stage } = this.settings;
    for (const folder of ['/tmp', '/var/cache/honyaku']) {
      await mkdir(onMachine(stage, folder), { recursive: true });
      await chown(onMachine(stage, folder), user, user);
    }
    await this.program.start();
  }

  /** The image's own health check. @throws CommandFailed when it fails */
  async checkHealth(): Promise<void> {
    const { stage, path } = this.settings;
    await run(
      'setpriv',
      [...asUser, 'node', 'infra/images/healthy.mjs', `${this.program.url}${routes.live.path}`],
      {
        cwd: join(stage.root, stage.workFolder),
        seconds: 20,
        environment: environmentIn(stage, path),
      },
    );
  }

  /** SIGTERM. @returns the exit code; null when it had to be killed */
  stop(): Promise<number | null> {
    return this.program.terminate(stopSeconds);
  }

  endOfLog(): string {
    return lastLines(this.settings.logFile);
  }
}
