/** A program that logs, and says on standard error that it goes on. */
import { openLog } from './log.ts';

const log = openLog('info', { service: 'fixture' });
for (let line = 1; line <= 3; line += 1) {
  log.info({ line }, 'a line');
  await new Promise((resolve) => setImmediate(resolve));
}
process.stderr.write('it goes on\n');
