/**
 * `npm run simulate`: a large sweep through the real API and a real Redis, with workers that only pretend to
 * train and a fake bucket in memory. Exit code 0 when every target is met, 1 otherwise, 2 for bad usage.
 */
import { setExitCode } from '../command-line/words.ts';
import { askTime, simulate } from './simulation.ts';
import { type Figure, reportFigures } from './figures.ts';
import { type SimulateOptions, readOptions } from './options.ts';

async function main({ json, ...size }: SimulateOptions): Promise<boolean> {
  const print = (line: string) => process.stderr.write(`${line}\n`);
  const figures: Figure[] = [
    { name: 'TPE ask at 1,000 trials, p95', value: askTime(1_000), unit: 'ms', target: 5 },
    { name: 'TPE ask at 10,000 trials, p95', value: askTime(10_000), unit: 'ms', target: 50 },
    ...(await simulate(size, print)),
  ];
  return reportFigures(figures, json);
}

await setExitCode((words) => main(readOptions(words)));
