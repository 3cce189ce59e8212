/**
 * `npm run test:storm`: for a minute random requests, valid, invalid and as costly as a mebibyte can be, come to a real
 * API at 50 a second beside a running sweep. Real Redis, bucket and API; the workers pretend to train, so that a
 * sweep takes as long as the API lets it. Exit code 0 when every target is met, 1 otherwise, 2 for bad usage.
 */
import { inTemporaryFolder, parsedWords, setExitCode, wholeNumber } from '../command-line/words.ts';
import { machineText } from '../load/machine.ts';
import { reportFigures } from '../simulate/figures.ts';
import { stormFigures } from './storm.ts';

const usage = 'npm run test:storm -- [--json] [--seconds N]';
const options = {
  json: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '60' },
} as const;

await setExitCode(async (words) => {
  const { json, seconds: text } = parsedWords(words, options, usage);
  const seconds = wholeNumber('--seconds', text, { least: 10, usage });
  process.stderr.write(`${machineText()}\n`);
  return inTemporaryFolder('storm', async (folder) =>
    reportFigures(await stormFigures(folder, seconds), json),
  );
});
