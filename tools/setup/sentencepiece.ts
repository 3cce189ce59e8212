/** The Python package sentencepiece, which trains tokenizers; for the machine's own python3. */
import { installedPaths } from '@honyaku/contracts';
import { publishFolder } from './cache-folder.ts';
import { run } from './command.ts';
import { installPackages } from './python-package.ts';
import { type Step } from './step.ts';

const version = '0.2.1';

export const sentencePieceStep: Step = {
  name: 'SentencePiece',
  announcement: `SentencePiece ${version} (1 MB)`,
  present: () => importedVersion(installedPaths().sentencepiece).catch(() => undefined),
  async install() {
    await publishFolder(installedPaths().home, `sentencepiece-${version}`, async (folder) => {
      await installPackages('sentencepiece', folder, 'machine');
      await importedVersion(folder);
    });
  },
};

/** Fails too when the package was installed for another Python. */
async function importedVersion(folder: string): Promise<string> {
  const script =
    'import sentencepiece, sys; print(sentencepiece.__version__, "for Python", sys.version.split()[0])';
  const printed = await run('python3', ['-c', script], { seconds: 60, environment: { PYTHONPATH: folder } });
  return printed.trim();
}
