/** What must hold on every instruction set of our native kernels, not on this processor's best one alone. */
import { instructionSet, instructionSets, useInstructionSet } from '@honyaku/kernels';
import { afterAll, beforeAll, describe } from 'vitest';
import { isNative } from './choice.ts';

/** Tests that the suite runs with native kernels run on each set that the processor has; others once. */
export function describeOnEachInstructionSet(name: string, tests: () => void): void {
  if (!isNative) {
    describe(name, tests);
    return;
  }
  describe.each(instructionSets())(`${name} on %s`, (set) => {
    const usual = instructionSet();
    beforeAll(() => useInstructionSet(set));
    afterAll(() => useInstructionSet(usual));
    tests();
  });
}
