/**
 * `npm run simulate`: a large sweep through the real API and a real Redis, with workers that only pretend to
 * train and a fake bucket in memory. What the machine can do is measured
 * in the same run, and targets are ratios to it. Exit code 0 when every one is met, 1 otherwise, 2 for bad usage.
 */
import { inTemporaryFolder, setExitCode } from '../command-line/words.ts';
import { askFigure } from './ask.ts';
import { simulate } from './simulation.ts';
import { type Figure, reportFigures } from './figures.ts';
import { type SimulateOptions, readOptions } from './options.ts';

async function main({ json, ...size }: SimulateOptions): Promise<boolean> {
  const print = (line: string) => process.stderr.write(`${line}\n`);
  const figures: Figure[] = [
    ...(await inTemporaryFolder('ask', async (folder) => [
      await askFigure(1_000, 5, folder),
      await askFigure(10_000, 50, folder),
    ])),
    ...(await simulate(size, print)),
  ];
  return reportFigures(figures, json);
}

await setExitCode((words) => main(readOptions(words)));
