import { InvalidInput, messageOf } from '@honyaku/contracts';

/** Ends the process by what the work came to: 0 when all is well, 1 when not, 2 for bad usage. */
export async function setExitCode(work: (words: readonly string[]) => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await work(process.argv.slice(2))) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof InvalidInput ? 2 : 1;
  }
}
