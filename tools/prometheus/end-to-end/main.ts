/**
 * `npm run test:metrics`: a real Prometheus scrapes a real run with the real rules. `-- --draw` also draws each
 * dashboard from what Prometheus answers, into .dashboards. Exit code 1 when a statement does not hold.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { submitSweep } from '@honyaku/cli';
import { type SweepView, routes } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type Report, laboratory } from '../../command-line/report.ts';
import { parsedWords, setExitCode } from '../../command-line/words.ts';
import { installMissing } from '../../setup/step.ts';
import { prometheusStep } from '../../setup/prometheus.ts';
import { checkRules, Coverage } from './coverage.ts';
import { checkAgreement, interrupt } from './interruptions.ts';
import { ScrapeWatch, TraceReceiver, ScrapedPlatform } from './platform.ts';
import { absolute } from '../generated-files.ts';
import { drawDashboards } from '../draw.ts';

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
/** Between two epochs of the sweep. */
const endSeconds = 600;
const looksAfterEnd = 5;
/** Prometheus's own limit; what takes longer is lost. */
const scrapeTimeoutSeconds = 10;
const traceSeconds = 120;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function run(folder: string, report: Report, draw: boolean): Promise<void> {
  const receiver = await TraceReceiver.start();
  const platform = await ScrapedPlatform.start(folder, receiver.url);
  const started = Date.now() / 1000;
  try {
    await checkRules(platform.configFile, report);
    const { id } = await submitSweep(platform.client, sweepFile, () => undefined);
    print(`  ${id} is submitted`);
    const scrapes = new ScrapeWatch(platform.api.url);
    const coverage = new Coverage(id);
    const looking = look(platform, coverage, id);
    await underWay(platform, id);
    await interrupt(platform, report);
    const sweep = await looking;
    report.check('the sweep completes', sweep.state === 'completed', `${sweep.epochsDone} epochs`);
    report.check(
      `each of ${coverage.total} expressions of panels and rules is answered with data`,
      coverage.missing.length === 0,
      coverage.missing.join('\n    '),
    );
    await checkAgreement(platform, id, report);
    scrapes.stop();
    report.check(
      `no scrape takes longer than Prometheus waits, ${scrapeTimeoutSeconds} s`,
      scrapes.longestSeconds < scrapeTimeoutSeconds,
      `${scrapes.scrapes} scrapes, the longest ${scrapes.longestSeconds.toFixed(2)} s`,
    );
    await checkTraces(receiver, report);
    if (draw) await keepPictures(platform.prometheus.url, { sweep: id, start: started }, print);
  } finally {
    await platform.stop();
    receiver.stop();
  }
}

/** Asks until the sweep has ended and some more scrapes have come. @returns the sweep as it ended */
async function look(platform: ScrapedPlatform, coverage: Coverage, id: string): Promise<SweepView> {
  let after = looksAfterEnd;
  let epochs = 0;
  return until({ what: `end of ${id}`, seconds: endSeconds, everyMilliseconds: 1_000 }, async (progress) => {
    // Prometheus is killed meanwhile.
    await coverage.look(platform.prometheus.url).catch(() => undefined);
    const sweep = await platform.client.call(routes.sweep, { id });
    if (sweep.epochsDone > epochs) print(`  ${(epochs = sweep.epochsDone)} epochs are done`);
    progress(epochs);
    return sweep.endedAt !== undefined && (after -= 1) === 0 ? sweep : undefined;
  });
}

async function underWay({ client }: ScrapedPlatform, id: string): Promise<void> {
  await until({ what: `second epoch of ${id}`, seconds: endSeconds }, async () =>
    (await client.call(routes.sweep, { id })).epochsDone >= 2 ? true : undefined,
  );
}

/** Spans are sent every few seconds. */
async function checkTraces(receiver: TraceReceiver, report: Report): Promise<void> {
  await report.attempt('a trace goes from the submission to a commit', () =>
    until({ what: 'such trace', seconds: traceSeconds }, () =>
      receiver.with('submit sweep', 'commit epoch') > 0 ? `${receiver.traces.size} traces` : undefined,
    ),
  );
}

/** Beside what `up` and the demo keep; not part of the repository. */
const picturesFolder = '.dashboards';
const points = 240;

/** Writes one SVG a dashboard, of the time from the start until now. @param start seconds since the epoch */
async function keepPictures(
  prometheusUrl: string,
  { sweep, start }: { readonly sweep: string; readonly start: number },
  print: (line: string) => void,
): Promise<void> {
  const end = Date.now() / 1000;
  const range = { start, end, step: Math.max(1, Math.round((end - start) / points)) };
  const pictures = await drawDashboards({ url: prometheusUrl, range, sweep, rateInterval: '10s' });
  await mkdir(absolute(picturesFolder), { recursive: true });
  for (const [name, svg] of Object.entries(pictures)) {
    await writeFile(absolute(`${picturesFolder}/${name}.svg`), svg);
    print(`  ${picturesFolder}/${name}.svg`);
  }
}

await setExitCode((words) => {
  const { draw } = parsedWords(words, { draw: { type: 'boolean', default: false } });
  return laboratory('metrics', print, async (folder, report) => {
    await installMissing([prometheusStep], print);
    await run(folder, report, draw);
  });
});
