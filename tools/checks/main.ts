/**
 * The checks of `npm run check`, `npm test`, `npm run verify` and CI, after the set-up; each check also when one before it
 * failed. The last line is `N passed, N failed`, where a check that is no test file counts as one test.
 * With words after `--`, `npm test` gives them to vitest and runs nothing else: `npm test -- libs/search`.
 */
import { InvalidInput } from '@honyaku/contracts';
import { setExitCode } from '../command-line/words.ts';
import { laboratoryChecks, staticChecks, tests } from './checks.ts';
import { type Counts, sumOf } from './test-counts.ts';

const usage = 'tools/checks/main.ts check | test [PATH…] | verify | all';

async function countsOf([which, ...words]: readonly string[]): Promise<Counts[]> {
  if (which === 'check') return staticChecks();
  if (which === 'test' && words.length > 0) return tests(words);
  if (which === 'test') return [...(await staticChecks()), ...(await tests([]))];
  if (which === 'verify') return laboratoryChecks();
  if (which === 'all')
    return [...(await staticChecks()), ...(await tests([])), ...(await laboratoryChecks())];
  throw new InvalidInput(usage);
}

await setExitCode(async (words) => {
  const { passed, failed } = sumOf(await countsOf(words));
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0;
});
