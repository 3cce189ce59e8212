/**
 * `npm run simulate`: a large sweep through the real API and a real Redis, with workers that only pretend to
 * train and a fake bucket in memory. Exit code 0 when every target is met, 1 otherwise, 2 for bad usage.
 */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { askTime } from './ask-times.ts';
import { type Figure, figureTable, isMissed } from './figures.ts';
import { type SimulateOptions, readOptions } from './options.ts';
import { simulate } from './simulation.ts';

async function main({ json, ...size }: SimulateOptions): Promise<boolean> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const figures: Figure[] = [
    { name: 'TPE ask at 1,000 trials, p95', value: askTime(1_000), unit: 'ms', target: 5 },
    { name: 'TPE ask at 10,000 trials, p95', value: askTime(10_000), unit: 'ms', target: 50 },
    ...(await simulate(size, say)),
  ];
  for (const figure of figures) if (json) process.stdout.write(`${JSON.stringify(figure)}\n`);
  if (!json) process.stdout.write(`${figureTable(figures)}\n`);
  return !figures.some(isMissed);
}

try {
  process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
}
