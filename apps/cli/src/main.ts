/** The process: standard streams and signals in, exit code out. */
import { unwritable } from '@honyaku/contracts';
import { run } from './program.ts';
import { exitCodes, notify } from './terminal.ts';

const interrupt = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Servers that `up` started die with this process, so a second Ctrl-C ends everything at once.
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort();
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `honyaku ls | head` closes the pipe when it has enough.
  if (error.code === 'EPIPE') process.exit(exitCodes.completed);
  notify({ messages: process.stderr }, `honyaku: ${unwritable('standard output', error).message}`);
  process.exit(exitCodes.failed);
});
// Notices that cannot be written are lost; the results are still wanted.
process.stderr.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2), {
  output: process.stdout,
  messages: process.stderr,
  input: () => process.stdin,
  environment: process.env,
  folder: process.cwd(),
  interrupted: interrupt.signal,
});
