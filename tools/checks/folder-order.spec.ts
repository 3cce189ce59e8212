/** The lint rule that keeps the order of folders, on made-up imports: of any two folders one must not import the other. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const house = dirname(dirname(import.meta.dirname));
const eslint = new ESLint({ cwd: house, ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports' });

function foldersIn(path: string): string[] {
  return readdirSync(join(house, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['test', 'fixtures', 'node_modules'].includes(entry.name))
    .map(({ name }) => name);
}

const sources = ['apps', 'libs'].flatMap((kind) => foldersIn(kind).map((name) => `${kind}/${name}/src`));
const projects = [...sources, 'tools', 'experiments']
  .map((root) => ({ root, folders: foldersIn(root) }))
  .filter(({ folders }) => folders.length > 1);

/** Which of the targets a file may not import. */
async function refused(file: string, targets: readonly string[]): Promise<string[]> {
  const text = targets.map((target) => `import '${target}';\n`).join('');
  const [result] = await eslint.lintText(text, { filePath: join(house, file) });
  return (result?.messages ?? []).map(({ line }) => targets[line - 1] ?? '');
}

describe('an import between folders', () => {
  it.each(projects)('goes one way only in $root', async ({ root, folders }) => {
    const ways = new Map<string, readonly string[]>();
    for (const folder of folders) {
      const upwards = await refused(
        `${root}/${folder}/made-up.ts`,
        folders.map((other) => `../${other}/made-up.ts`),
      );
      ways.set(folder, upwards);
    }
    const refuses = (from: string, to: string) => ways.get(from)?.includes(`../${to}/made-up.ts`) ?? false;
    const bothWays = folders.flatMap((one, index) =>
      folders
        .slice(index + 1)
        .filter((other) => refuses(one, other) === refuses(other, one))
        .map((other) => `${one} and ${other}`),
    );
    expect(bothWays).toEqual([]);
  });

  it('is refused where it goes up, also from a folder within, and to a file above', async () => {
    const state = 'libs/sweep-engine/src/state';
    expect(await refused(`${state}/made-up.ts`, ['../decisions/log.ts', '../index.ts', './a.ts'])).toEqual([
      '../decisions/log.ts',
      '../index.ts',
    ]);
    expect(await refused(`${state}/within/made-up.ts`, ['../a.ts', '../../plan/plan.ts'])).toEqual([
      '../../plan/plan.ts',
    ]);
    expect(await refused(`libs/sweep-engine/src/decisions/made-up.ts`, ['../state/sweep-state.ts'])).toEqual(
      [],
    );
  });
});
