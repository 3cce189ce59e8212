/** The machine's Go: it builds what is pinned, and is never replaced by another one. */
import { run } from './command.ts';

const pinned = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' };

/** As `go version` tells it; undefined where there is no Go. */
export async function goVersion(): Promise<string | undefined> {
  return run('go', ['version'], { seconds: 20 }).catch(() => undefined);
}

/** Runs Go in a module's folder, whose go.mod and go.sum pin all versions. @throws CommandFailed */
export function goIn(folder: string, args: readonly string[], seconds: number): Promise<string> {
  return run('go', args, { cwd: folder, seconds, environment: pinned });
}
