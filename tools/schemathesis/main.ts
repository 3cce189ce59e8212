/**
 * `npm run test:api`: Schemathesis asks a real API everything that its own document allows and much that it does not,
 * with all its checks: no 5xx, no status, content type or body that the document does not have, no answer that takes
 * too long. Exit code 0 when nothing was found, 1 otherwise, 2 for bad usage.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTemporaryFolder, setExitCode } from '../command-line/words.ts';
import { installMissing } from '../setup/step.ts';
import { schemathesisFolder, schemathesisStep } from '../setup/python-steps.ts';
import { documentOf } from './document.ts';
import { type ApiTestOptions, readOptions } from './options.ts';
import { CheckedPlatform } from './platform.ts';

const configuration = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const program = 'from schemathesis.cli import schemathesis; schemathesis()';
/** Limit of one request; the limit of answers finds those that are slow. */
const requestSeconds = 65;
/** Schemathesis ends by itself when its time is over; this ends one that hangs. */
const graceSeconds = 240;
const print = (line: string) => process.stderr.write(`${line}\n`);

async function main(words: readonly string[]): Promise<boolean> {
  const options = readOptions(words);
  await installMissing([schemathesisStep], print);
  return inTemporaryFolder('api-test', async (folder) => {
    print('a small sweep is trained, so that there is something to ask for');
    const platform = await CheckedPlatform.start(folder);
    try {
      const isWell = await check(platform, folder, options);
      const failures = platform
        .log()
        .split('\n')
        .filter((line) => line.includes('request failed'));
      for (const line of failures) print(line);
      if (!platform.runs) print(`the API ended:\n${platform.log()}`);
      return isWell && failures.length === 0 && platform.runs;
    } finally {
      await platform.stop();
    }
  });
}

/** @returns whether nothing was found */
async function check(
  platform: CheckedPlatform,
  folder: string,
  { seconds, answerSeconds, seed }: ApiTestOptions,
): Promise<boolean> {
  const document = join(folder, 'openapi.json');
  await writeFile(document, JSON.stringify(await documentOf(platform)));
  const words = [
    ...['--config-file', configuration, 'run', document, '--url', platform.url],
    ...['--header', `Authorization: ${platform.authorization}`],
    // A sweep that was just created has a dataset and a best checkpoint only later; until then they are not found.
    ...['--checks', 'all', '--exclude-checks', 'ensure_resource_availability'],
    ...['--max-response-time', String(answerSeconds), '--request-timeout', String(requestSeconds)],
    ...['--max-time', String(seconds)],
    ...['--seed', String(seed), '--warnings', 'off'],
  ];
  const child = spawn('python3', ['-c', program, ...words], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PYTHONPATH: schemathesisFolder() },
  });
  const late = setTimeout(() => child.kill('SIGKILL'), (seconds + graceSeconds) * 1000);
  const [code] = await once(child, 'exit');
  clearTimeout(late);
  return code === 0;
}

await setExitCode(main);
