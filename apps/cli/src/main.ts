/** The process: standard streams and signals in, exit code out. */
import { run } from './program.ts';

const interrupt = new AbortController();
const exitCodeOfCtrlC = 130;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Servers that `up` started die with this process, so a second Ctrl-C ends everything at once.
    if (interrupt.signal.aborted) process.exit(exitCodeOfCtrlC);
    interrupt.abort();
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `honyaku ls | head` closes the pipe when it has enough.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  output: process.stdout,
  messages: process.stderr,
  input: () => process.stdin,
  environment: process.env,
  folder: process.cwd(),
  interrupted: interrupt.signal,
});
