/** `npm run demo`, after set-up: exit code 0 when everything worked, 1 with the reason when not, 130 at Ctrl-C. */
import { HonyakuError, InvalidInput, kindOf, messageOf } from '@honyaku/contracts';
import { demo } from './demo.ts';
import { readOptions } from './options.ts';

const exitCodeOfCtrlC = 130;
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The servers die with this process, so a second Ctrl-C ends everything at once.
    if (interrupt.signal.aborted) process.exit(exitCodeOfCtrlC);
    interrupt.abort();
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  const failures = await demo(options, { output: process.stdout, interrupted: interrupt.signal });
  for (const failure of failures) process.stderr.write(`demo failed: ${failure}\n`);
  process.exitCode = failures.length > 0 ? 1 : 0;
} catch (error) {
  if (interrupt.signal.aborted && kindOf(error) === 'Cancelled') {
    process.exitCode = exitCodeOfCtrlC;
  } else {
    const text = error instanceof HonyakuError || !(error instanceof Error) ? messageOf(error) : error.stack;
    process.stderr.write(`demo failed: ${text ?? messageOf(error)}\n`);
    process.exitCode = error instanceof InvalidInput ? 2 : 1;
  }
}
