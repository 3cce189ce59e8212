/** Optuna's TPE on the same functions, by `tpe_of_optuna.py`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type TestFunction } from './test-functions.ts';

const limitSeconds = 1_800;
const Line = z.union([
  z.strictObject({ function: z.string(), values: z.record(z.string(), z.union([z.number(), z.string()])) }),
  z.strictObject({ best: z.record(z.string(), z.array(z.number())) }),
]);

/** The lowest values by function and seed. */
export async function optunaBest(
  python: string,
  functions: readonly TestFunction[],
  { seeds, evaluations }: { readonly seeds: number; readonly evaluations: number },
): Promise<Record<string, number[]>> {
  const child = spawn(python, [join(import.meta.dirname, 'tpe_of_optuna.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: limitSeconds * 1000,
  });
  const task = { functions: functions.map(({ name, space }) => ({ name, space })), seeds, evaluations };
  child.stdin.write(`${JSON.stringify(task)}\n`);
  for await (const text of createInterface({ input: child.stdout })) {
    const line = Line.parse(JSON.parse(text));
    if ('best' in line) return line.best;
    const asked = functions.find(({ name }) => name === line.function);
    child.stdin.write(`${asked?.at(line.values)}\n`);
  }
  throw new Error('tpe_of_optuna.py ended without a result');
}
