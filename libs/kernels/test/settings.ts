/** What the tests of all kernels share: settings that each leaves as it found them, and limits of error. */
import { afterEach } from 'vitest';
import { instructionSets, useInstructionSet, useThreads } from '../src/load.ts';

/** After each test of the file, kernels run again on one thread and on the processor's best instruction set. */
export function resetKernelsAfterEach(): void {
  const best = instructionSets().at(-1) ?? 'x86-64';
  afterEach(() => {
    useThreads(1);
    useInstructionSet(best);
  });
}

/** How far gradients of recurrent layers may be from exact ones. */
export const limits = [
  { precision: 'float32', limit: 3e-6 },
  { precision: 'bfloat16', limit: 3e-2 },
] as const;
