/** The cache folder, for what runs before the npm packages are there; the twin of `installedPaths().home` in libs/contracts. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** @param {NodeJS.ProcessEnv} environment */
export function homeFolder(environment = process.env) {
  return environment.HONYAKU_HOME ?? join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'honyaku');
}
