/**
 * `npm run test:samplers`: TPE against random search by a rank test, and against Optuna's TPE by median regret.
 * Exit code 0 when every target is met, 1 otherwise.
 */
import { type Observation, suggestAtRandom, suggestByTpe } from '@honyaku/search';
import Table from 'cli-table3';
import { cumulativeStdNormalProbability, median, wilcoxonRankSum } from 'simple-statistics';
import { optunaPython } from '@honyaku/tools/optuna/python.ts';
import { optunaBest } from './optuna-runs.ts';
import { type TestFunction, testFunctions } from './test-functions.ts';

/** By 30 seeds the medians of two equal samplers differ by a fifth of their size. */
const seeds = 300;
/** The rank test needs no more. */
const rankedSeeds = 30;
const evaluations = 60;
const significant = 0.01;
/** The table of the normal distribution ends here. */
const smallestP = 0.001;

const tenTo = (value: number) => value.toPrecision(3);
const print = (line: string) => process.stdout.write(`${line}\n`);
const progress = (line: string) => process.stderr.write(`${line}\n`);

function bestByTpe({ space, at }: TestFunction, seed: number): number {
  const history: Observation[] = [];
  for (let index = 0; index < evaluations; index += 1) {
    const values = suggestByTpe({ space, seed }, index, history, () => true) ?? {};
    history.push({ number: index + 1, values, value: at(values) });
  }
  return Math.min(...history.map(({ value }) => value ?? Infinity));
}

function bestAtRandom({ space, at }: TestFunction, seed: number): number {
  const drawn = Array.from({ length: evaluations }, (_, index) => suggestAtRandom({ space, seed }, index));
  return Math.min(...drawn.map(at));
}

/** One-sided p of Mann and Whitney's test that `ours` is not lower, by the normal approximation. */
function rankTest(ours: readonly number[], others: readonly number[]): number {
  const [n, m] = [ours.length, others.length];
  const mean = (n * (n + m + 1)) / 2;
  const deviation = Math.sqrt((n * m * (n + m + 1)) / 12);
  return cumulativeStdNormalProbability((wilcoxonRankSum([...ours], [...others]) - mean) / deviation);
}

async function main(): Promise<boolean> {
  const found = await optunaPython();
  if (found.python === undefined) print(`without Optuna: ${found.reason}`);
  progress(`Optuna's TPE with ${seeds} seeds: some minutes`);
  const optuna =
    found.python === undefined
      ? undefined
      : await optunaBest(found.python, testFunctions, { seeds, evaluations });
  const table = new Table({
    head: ['median regret', 'TPE', 'random', 'p', "Optuna's TPE", ''],
    style: { head: [], border: [], compact: true },
  });
  let met = true;
  for (const tested of testFunctions) {
    progress(`${tested.name} with ${seeds} seeds`);
    const bySeed = (best: (seed: number) => number) =>
      Array.from({ length: seeds }, (_, index) => best(index + 1) - tested.minimum);
    const ours = bySeed((seed) => bestByTpe(tested, seed));
    const random = bySeed((seed) => bestAtRandom(tested, seed));
    const theirs = optuna?.[tested.name]?.map((value) => value - tested.minimum);
    const p = rankTest(ours.slice(0, rankedSeeds), random.slice(0, rankedSeeds));
    const reached = p < significant && (theirs === undefined || median(ours) <= median(theirs));
    met &&= reached;
    table.push([
      tested.name,
      tenTo(median(ours)),
      tenTo(median(random)),
      p <= smallestP ? `≤ ${smallestP}` : p.toFixed(3),
      theirs ? tenTo(median(theirs)) : 'not here',
      reached ? '✓' : 'missed',
    ]);
  }
  print(table.toString());
  print(
    `${evaluations} evaluations, ${seeds} seeds; p of a one-sided rank test of TPE against random search with the first ${rankedSeeds}`,
  );
  return met;
}

process.exitCode = (await main()) ? 0 : 1;
