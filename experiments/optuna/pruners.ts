/** Optuna's pruners, asked in Python. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

export interface Case {
  readonly pruner: 'median' | 'halving' | 'hyperband' | 'patient';
  /** Options of the pruner's constructor. */
  readonly options: Readonly<Record<string, number>>;
  /** By trial, the values of its steps 1, 2, … */
  readonly curves: readonly (readonly number[])[];
  /** Trials in the order in which they report. */
  readonly order: readonly number[];
  /** Whether a pruned trial reports no more. */
  readonly stops: boolean;
}

const Answers = z.array(z.strictObject({ pruned: z.array(z.boolean()), brackets: z.array(z.int()) }));
/** Whether each report's trial was to be pruned, and for Hyperband the bracket of each trial. */
export type Answer = z.output<typeof Answers>[number];

export function askOptuna(python: string, cases: readonly Case[]): Answer[] {
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'pruners.py')], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`pruners.py: ${stderr}`);
  return Answers.parse(JSON.parse(stdout));
}
