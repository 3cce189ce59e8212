/** Schemathesis, which tests an API by its OpenAPI document; for the machine's own python3. For tests alone. */
import { installedPaths } from '@honyaku/contracts';
import { join } from 'node:path';
import { publishFolder } from './cache-folder.ts';
import { run } from './command.ts';
import { installPackages } from './python-package.ts';
import { type Step } from './step.ts';

const version = '4.32.5';
const folderName = `schemathesis-${version}`;

/** Goes into PYTHONPATH. */
export function schemathesisFolder(): string {
  return join(installedPaths().home, folderName);
}

/** Needs Python 3.11 or newer. */
export const schemathesisStep: Step = {
  name: 'Schemathesis',
  announcement: `Schemathesis ${version} (60 MB)`,
  present: () => importedVersion(schemathesisFolder()).catch(() => undefined),
  async install() {
    await publishFolder(installedPaths().home, folderName, async (folder) => {
      await installPackages('schemathesis', folder, 'machine');
      await importedVersion(folder);
    });
  },
};

/** Fails too when it was installed for another Python. */
async function importedVersion(folder: string): Promise<string> {
  const script =
    'import importlib.metadata as m, schemathesis.cli, sys; print(m.version("schemathesis"), "for Python", sys.version.split()[0])';
  const printed = await run('python3', ['-c', script], { seconds: 60, environment: { PYTHONPATH: folder } });
  return printed.trim();
}
