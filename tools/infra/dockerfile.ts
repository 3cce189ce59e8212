/** The instructions of a Dockerfile, stage by stage, and the files that its build sees. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug } from '@honyaku/contracts';
import { run } from '../setup/command.ts';

export const repository = join(import.meta.dirname, '..', '..');

export interface Instruction {
  /** In capitals, as `COPY`. */
  readonly word: string;
  /** The rest on one line. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** Another stage, or an image. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of `infra/images/<name>.Dockerfile` in their order. @throws Bug for what these files do not use */
export async function readStages(name: string): Promise<Stage[]> {
  const text = await readFile(join(repository, 'infra', 'images', `${name}.Dockerfile`), 'utf8');
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n');
  const instructions = lines
    .filter((line) => line !== '')
    .map((line) => ({ word: line.split(' ', 1).join(), text: line.slice(line.indexOf(' ') + 1) }));
  const starts = instructions.flatMap(({ word }, index) => (word === 'FROM' ? [index] : []));
  return starts.map((start, index) => {
    const [from, as, stage] = instructions[start]?.text.split(' ') ?? [];
    if (from === undefined || as !== 'AS' || stage === undefined)
      throw new Bug(`${name}.Dockerfile: a stage is written FROM … AS …`);
    return { name: stage, from, instructions: instructions.slice(start + 1, starts[index + 1]) };
  });
}

/** Variables that `ENV` sets in a stage. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  const texts = instructions.filter(({ word }) => word === 'ENV').map(({ text }) => text);
  return Object.fromEntries(texts.flatMap((text) => Object.entries(pairsOf(text))));
}

/** The pairs of `NAME=value NAME=value`, of unquoted values without spaces. */
export function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(' ').map((pair) => [pair.split('=', 1).join(), pair.slice(pair.indexOf('=') + 1)]);
  return Object.fromEntries(pairs);
}

/**
 * The files that an image build sees: those of the work tree that git does not ignore, less .dockerignore.
 * @returns paths from the repository's root @throws Bug when .dockerignore has another form than this reads
 */
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
