/** A tool from the words of its command line to its exit code. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { InvalidInput, messageOf } from '@honyaku/contracts';

/** The values of the options. @throws InvalidInput with what is wrong, and the usage where there is one */
export function parsedWords<const Options extends NonNullable<ParseArgsConfig['options']>>(
  words: readonly string[],
  options: Options,
  usage?: string,
) {
  const values = read(words, options, usage);
  for (const [name, value] of Object.entries(values))
    if (value === '') throw new InvalidInput(`--${name} has an empty value${afterwards(usage)}`);
  return values;
}

function read<const Options extends NonNullable<ParseArgsConfig['options']>>(
  words: readonly string[],
  options: Options,
  usage?: string,
) {
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (cause) {
    throw new InvalidInput(`${messageOf(cause)}${afterwards(usage)}`, { cause });
  }
}

/** A whole number in digits. @throws InvalidInput naming the option and what is allowed */
export function wholeNumber(
  name: string,
  text: string,
  allowed: { readonly least: number; readonly most?: number; readonly usage?: string },
): number {
  const { least, most, usage } = allowed;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && (most === undefined || value <= most)) return value;
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new InvalidInput(`${name} ${text}: give a whole number ${range}${afterwards(usage)}`);
}

function afterwards(usage: string | undefined): string {
  return usage === undefined ? '' : ` (${usage})`;
}

/** Ends the process by what the work came to: 0 when all is well, 1 when not, 2 for bad usage. */
export async function setExitCode(work: (words: readonly string[]) => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await work(process.argv.slice(2))) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof InvalidInput ? 2 : 1;
  }
}

/** Lends a folder that is gone afterwards. */
export async function inTemporaryFolder<Result>(
  name: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `honyaku-${name}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
