/** The files that an image build sees: those of the work tree that git does not ignore, less .dockerignore. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug } from '@honyaku/contracts';
import { run } from '../setup/command.ts';
import { repository } from './dockerfile.ts';

/** Paths from the repository's root. @throws Bug when .dockerignore has another form than this reads */
export async function buildContext(): Promise<string[]> {
  const text = await readFile(join(repository, '.dockerignore'), 'utf8');
  const [everything, ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const allowed = lines.filter((line) => line.startsWith('!'));
  const refused = lines.slice(allowed.length);
  if (everything !== '*' || refused.some((line) => line.startsWith('!')))
    throw new Bug(
      '.dockerignore refuses everything, then names what is allowed, then what is refused of that',
    );
  const paths = [
    ...allowed.map((line) => `:(literal)${line.slice(1)}`),
    ...refused.flatMap((line) => [`:(exclude,glob)${line}`, `:(exclude,glob)${line}/**`]),
  ];
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--'];
  const files = await run('git', [...listing, ...paths], { cwd: repository, seconds: 60 });
  return files.split('\0').filter((file) => file !== '');
}
