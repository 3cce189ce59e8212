/** The same sweep on two workers that no cluster knows of, and whether the disturbed one came to the same. */
import { type SweepView } from '@honyaku/contracts';
import { violations, weightsOf } from '../faults/checks.ts';
import { endSeconds } from './fall.ts';
import { type Platform } from './platform.ts';
import { type Report } from '../command-line/report.ts';
import { until } from '@honyaku/embedded';

const workers = ['undisturbed-1', 'undisturbed-2'];

export async function checkResults(platform: Platform, disturbed: SweepView, report: Report): Promise<void> {
  const running = await Promise.all(workers.map((name) => platform.addWorker(name)));
  try {
    const { id, createdAt } = await platform.submit();
    const wait = { what: `end of ${id}`, seconds: endSeconds, logFile: platform.apiLog };
    const ended = await until(wait, (progress) => platform.ended(id, progress));
    report.measured(
      'the same sweep, undisturbed, on two workers',
      (Date.parse(ended.endedAt ?? '') - Date.parse(createdAt)) / 1000,
    );
    const expected = await weightsOf(platform, ended);
    const wrong = await violations(platform, disturbed, expected);
    report.check(
      'each epoch is there once, nothing was done twice or left over, and all weights are those of the undisturbed sweep',
      wrong.length === 0,
      wrong.join('; ') || `${expected.size} epochs`,
    );
  } finally {
    await Promise.all(running.map((program) => program.kill()));
  }
}
