/** The commands of docs/using-a-model.md, run in their order. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '@honyaku/contracts';
import { type Python } from '../bench/torch.ts';
import { run } from '../setup/command.ts';

const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/using-a-model.md');
const commandLine = join(root, 'apps/cli/bin/honyaku.mjs');
const commandSeconds = 600;

/** Of a script of the page, in the order of its commands. */
export interface PageOutput {
  readonly script: string;
  readonly lines: readonly string[];
}

export interface PageContext {
  /** Takes the place of SWEEP. */
  readonly sweepId: string;
  readonly url: string;
  readonly python: Python;
  /** Scripts and models come here. */
  readonly folder: string;
}

/**
 * Runs all of its commands. What `pip install` names must be there already.
 * @returns what each Python script printed
 */
export async function runPage({ sweepId, url, python, folder }: PageContext): Promise<PageOutput[]> {
  const text = await readFile(page, 'utf8');
  for (const [, name = '', script = ''] of text.matchAll(
    /(?:with|and) this as `(\S+)`[^]*?```python\n([^]*?)```/g,
  ))
    await writeFile(join(folder, name), script);
  const commands = [...text.matchAll(/```bash\n([^]*?)```/g)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );
  const environment = { ...python.environment, HONYAKU_API_URL: url };
  const settings = { cwd: folder, environment, seconds: commandSeconds };
  const withOwnFolders = { ...environment, ...ownFolders(folder) };
  const outputs: PageOutput[] = [];
  for (const command of commands) {
    const [program = '', ...words] = wordsOf(command.replace('SWEEP', sweepId));
    if (program === 'honyaku') await run(process.execPath, [commandLine, ...words], settings);
    else if (program === 'pip') await requirePackages(words.slice(1), python);
    else if (program === 'python') {
      const printed = await run(python.python, words, { ...settings, environment: withOwnFolders });
      outputs.push({ script: words[0] ?? '', lines: printed.replace(/\n$/, '').split('\n') });
    } else throw new InvalidInput(`docs/using-a-model.md has a command that nothing here runs: ${command}`);
  }
  return outputs;
}

/** Where Argos Translate installs packages, so that the user's own stay as they are; and how it splits sentences. */
function ownFolders(folder: string): Record<string, string> {
  const data = join(folder, 'argos');
  return { XDG_DATA_HOME: data, XDG_CONFIG_HOME: data, XDG_CACHE_HOME: data };
}

/** As a shell splits them; the page has single quotes alone. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

async function requirePackages(names: readonly string[], { python, environment }: Python): Promise<void> {
  const script =
    'import sys; from importlib.metadata import version; [version(name) for name in sys.argv[1:]]';
  await run(python, ['-c', script, ...names], { environment, seconds: 60 });
}
