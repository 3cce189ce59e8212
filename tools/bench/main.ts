/**
 * `npm run bench`: one table of our speed and the reference's, in alternation. `--only ROW,ROW` chooses rows, `--json`
 * adds a line for machines, `--full` trains whole epochs. Exit code 1 when a row could not be measured, 2 for a wrong
 * option, 130 at Ctrl-C.
 */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bench } from './bench.ts';
import { readOptions } from './options.ts';

const exitCodeOfCtrlC = 130;
const print = (line: string) => process.stdout.write(`${line}\n`);
const report = (line: string) => process.stderr.write(`${line}\n`);

try {
  process.exitCode = await main();
} catch (error) {
  report(`bench failed: ${messageOf(error)}`);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-bench-'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(exitCodeOfCtrlC);
    });
  try {
    const failures = await bench(options, folder, print, report);
    for (const failure of failures) report(`bench failed: ${failure}`);
    return failures.length > 0 ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true });
  }
}
