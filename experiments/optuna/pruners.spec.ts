/**
 * The same curves through these pruners and Optuna's, where both follow the same rule:
 *
 * - The median rule, on curves that never rise: Optuna takes a trial's best so far, here it is the value at the
 *   epoch. Optuna compares with completed trials alone, so one trial runs after the other, and to its end.
 * - Stopping ASHA, on values that are all different: Optuna lets equal ones go on, here the lower number does.
 * - Hyperband, where the epochs are minResource times a power of the reduction factor. Optuna draws brackets
 *   by a hash, so the trials here take numbers that have the same brackets.
 * - Early stopping without a minDelta: Optuna's patience p waits for p + 1 epochs, and its min_delta is another thing.
 */
import { PrunerSettings } from '@honyaku/contracts';
import { bracketsByNumber, judge, type ReportedTrial, type Report } from '@honyaku/search';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { optunaPython } from '@honyaku/tools/optuna/python.ts';
import { askOptuna, type Answer, type Case } from './pruners.ts';

interface Comparison {
  readonly settings: PrunerSettings;
  readonly maxEpochs: number;
  readonly optuna: Case;
}

const comparisons: readonly Comparison[] = [
  ...[
    { startupTrials: 1, graceEpochs: 0, interval: 1 },
    { startupTrials: 5, graceEpochs: 1, interval: 1 },
    { startupTrials: 4, graceEpochs: 3, interval: 4 },
  ].map((options, seed) => medianComparison(options, seed)),
  ...[
    { minResource: 1, reductionFactor: 2 },
    { minResource: 1, reductionFactor: 3 },
    { minResource: 2, reductionFactor: 4 },
  ].map((options, seed) => ashaComparison(options, seed)),
  ...[
    { minResource: 1, reductionFactor: 3, maxEpochs: 27 },
    { minResource: 1, reductionFactor: 2, maxEpochs: 16 },
    { minResource: 2, reductionFactor: 4, maxEpochs: 32 },
  ].map((options, seed) => hyperbandComparison(options, seed)),
  ...[1, 2, 5].map((epochs) => earlyStoppingComparison(epochs)),
];

const found = await optunaPython();
if (found.python === undefined)
  process.stderr.write(`Pruners were not compared with Optuna. ${found.reason}\n`);

describe.skipIf(found.python === undefined)('pruners decide as Optuna', () => {
  let answers: Answer[] = [];
  beforeAll(() => {
    answers = askOptuna(
      found.python ?? '',
      comparisons.map(({ optuna }) => optuna),
    );
  });

  it.each(comparisons.map((comparison, index) => [comparison.settings, comparison, index] as const))(
    'with %j',
    (_, comparison, index) => {
      const { pruned = [], brackets = [] } = answers[index] ?? {};
      expect(verdicts(comparison, brackets)).toEqual(pruned);
      const stops = pruned.filter((stop) => stop).length;
      expect(stops).toBeGreaterThan(10);
      expect(stops).toBeLessThan(pruned.length);
    },
  );
});

/** Whether `judge` stops the trial at each report in turn. */
function verdicts({ settings, maxEpochs, optuna }: Comparison, brackets: readonly number[]): boolean[] {
  const numbers = numbersOf(settings, maxEpochs, optuna.curves.length, brackets);
  const reports = numbers.map((): Report[] => []);
  const trials = numbers.map((number, trial): ReportedTrial => ({ number, reports: reports[trial] ?? [] }));
  const stopped = new Set<number>();
  return optuna.order.flatMap((trial) => {
    if (stopped.has(trial)) return [];
    const own = reports[trial] ?? [];
    const epoch = own.length + 1;
    own.push({ epoch, value: optuna.curves[trial]?.[epoch - 1] ?? NaN, tokens: 0 });
    const sweep = { pruner: settings, epochs: maxEpochs, seed: 1, parameters: {} };
    const stop = judge(sweep, numbers[trial] ?? NaN, trials).action === 'stop';
    if (stop && optuna.stops) stopped.add(trial);
    return [stop];
  });
}

/** The trials' numbers: with Hyperband the next of those that are in the bracket that Optuna drew. */
function numbersOf(
  settings: PrunerSettings,
  maxEpochs: number,
  trials: number,
  brackets: readonly number[],
): number[] {
  if (settings.type !== 'hyperband') return Array.from({ length: trials }, (_, number) => number);
  const bracketOf = bracketsByNumber(settings, { epochs: maxEpochs });
  const highest = bracketOf(0).s;
  const taken = new Set<number>();
  return brackets.map((bracket) => {
    let number = 0;
    while (taken.has(number) || bracketOf(number).s !== highest - bracket) number += 1;
    taken.add(number);
    return number;
  });
}

function medianComparison(
  options: { startupTrials: number; graceEpochs: number; interval: number },
  seed: number,
): Comparison {
  const { startupTrials, graceEpochs, interval } = options;
  const curves = randomCurves(seed, 30, 20, true);
  return {
    settings: PrunerSettings.parse({ type: 'median', ...options }),
    maxEpochs: 100,
    optuna: {
      pruner: 'median',
      options: {
        n_startup_trials: 0,
        n_min_trials: startupTrials,
        n_warmup_steps: graceEpochs + 1,
        interval_steps: interval,
      },
      curves,
      order: curves.flatMap((curve, trial) => curve.map(() => trial)),
      stops: false,
    },
  };
}

function ashaComparison(
  { minResource, reductionFactor }: { minResource: number; reductionFactor: number },
  seed: number,
): Comparison {
  const curves = randomCurves(seed, 60, 40, false);
  return {
    settings: PrunerSettings.parse({ type: 'asha', minResource, reductionFactor }),
    maxEpochs: 100,
    optuna: {
      pruner: 'halving',
      options: { min_resource: minResource, reduction_factor: reductionFactor },
      curves,
      order: randomOrder(seed, curves),
      stops: true,
    },
  };
}

function hyperbandComparison(
  options: { minResource: number; reductionFactor: number; maxEpochs: number },
  seed: number,
): Comparison {
  const { minResource, reductionFactor, maxEpochs } = options;
  const curves = randomCurves(seed, 80, maxEpochs - 1, false);
  return {
    settings: PrunerSettings.parse({ type: 'hyperband', minResource, reductionFactor }),
    maxEpochs,
    optuna: {
      pruner: 'hyperband',
      options: { min_resource: minResource, reduction_factor: reductionFactor, max_resource: maxEpochs },
      curves,
      order: randomOrder(seed, curves),
      stops: true,
    },
  };
}

function earlyStoppingComparison(epochs: number): Comparison {
  const curves = randomCurves(epochs, 40, 30, false);
  return {
    settings: PrunerSettings.parse({ type: 'early-stopping', epochs }),
    maxEpochs: 100,
    optuna: {
      pruner: 'patient',
      options: { patience: epochs - 1 },
      curves,
      order: randomOrder(epochs, curves),
      stops: true,
    },
  };
}

/** Curves of 1 to `longest` epochs, each a trend of its trial with noise; when `falling` they never rise. */
function randomCurves(seed: number, trials: number, longest: number, falling: boolean): number[][] {
  const generator = xoroshiro128plus(seed);
  return Array.from({ length: trials }, () => {
    const level = 20 + 60 * uniformFloat64(generator);
    const length = uniformInt(generator, 1, longest);
    const curve = Array.from(
      { length },
      (_, epoch) => level + 100 / (epoch + 1) + 30 * uniformFloat64(generator),
    );
    return falling ? curve.sort((a, b) => b - a) : curve;
  });
}

/** A trial for each report of the curves, well mixed. */
function randomOrder(seed: number, curves: readonly (readonly number[])[]): number[] {
  const generator = xoroshiro128plus(seed);
  return curves
    .flatMap((curve, trial) => curve.map(() => ({ trial, key: uniformFloat64(generator) })))
    .sort((a, b) => a.key - b.key)
    .map(({ trial }) => trial);
}
