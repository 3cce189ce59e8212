import { type Step } from './step.ts';

/** Carries out those steps whose result is not there; a line for each. */
export async function installMissing(steps: readonly Step[], print: (line: string) => void): Promise<void> {
  const found = await Promise.all(steps.map((step) => step.present()));
  for (const [index, step] of steps.entries()) {
    const present = found[index];
    if (present !== undefined) {
      print(`✓ ${step.name}: ${present}`);
      continue;
    }
    print(`… ${step.announcement}`);
    const started = performance.now();
    await step.install();
    print(`✓ ${step.name}: installed, ${Math.round((performance.now() - started) / 1000)} s`);
  }
}
