/** Prometheus and promtool: the machine's, else those of the Debian package, unpacked beside it. For tests alone. */
import { installedPaths, Unavailable } from '@honyaku/contracts';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { publishFolder, type Step } from './step.ts';
import { run } from './command.ts';

const folderName = 'prometheus-debian';

export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** @throws Unavailable when neither the machine nor the cache has them */
export async function prometheusPrograms(): Promise<PrometheusPrograms> {
  const unpacked = join(installedPaths().home, folderName);
  const choices = [
    { prometheus: 'prometheus', promtool: 'promtool' },
    { prometheus: join(unpacked, 'prometheus'), promtool: join(unpacked, 'promtool') },
  ];
  for (const choice of choices) if ((await versionOf(choice.promtool)) !== undefined) return choice;
  throw new Unavailable('there is no Prometheus: run npm run verify, or apt-get install prometheus');
}

export const prometheusStep: Step = {
  name: 'Prometheus',
  announcement: 'Prometheus from the Debian package (60 MB)',
  present: () =>
    prometheusPrograms().then(
      ({ promtool }) => versionOf(promtool),
      () => undefined,
    ),
  async install() {
    await publishFolder(installedPaths().home, folderName, async (folder) => {
      await download(folder).catch(async () => {
        // The machine may know packages that are no longer there, or none at all.
        await run('apt-get', ['update'], { seconds: 600 });
        await download(folder);
      });
      const archive = (await readdir(folder)).find((name) => name.endsWith('.deb')) ?? '';
      await run('dpkg-deb', ['--extract', archive, 'package'], { seconds: 120, cwd: folder });
      for (const name of ['prometheus', 'promtool'])
        await rename(join(folder, 'package', 'usr', 'bin', name), join(folder, name));
      await Promise.all(['package', archive].map((name) => rm(join(folder, name), { recursive: true })));
    });
  },
};

function download(folder: string): Promise<string> {
  return run('apt-get', ['download', 'prometheus'], { seconds: 600, cwd: folder });
}

async function versionOf(promtool: string): Promise<string | undefined> {
  const text = await run(promtool, ['--version'], { seconds: 10 }).catch(() => '');
  return /version (\d+\.\d+\.\d+)/.exec(text)?.[1];
}
