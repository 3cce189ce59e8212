import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  allInstructionSets,
  type InstructionSet,
  instructionSet,
  instructionSets,
  kernelVersion,
  threads,
  useThreads,
} from './load.ts';

/** What Linux says of a processor that has a set, beside what it says of those before. */
const flagsOf: Readonly<Record<InstructionSet, readonly string[]>> = {
  'x86-64': ['sse2'],
  avx2: ['avx2', 'fma'],
  avx512: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'],
  'avx512-bf16': ['avx512_bf16'],
};
const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' ') ?? [];
const firstLacking = allInstructionSets.findIndex(
  (set) => !flagsOf[set].every((flag) => flags.includes(flag)),
);
const ofProcessor = firstLacking < 0 ? allInstructionSets : allInstructionSets.slice(0, firstLacking);
const lacking = allInstructionSets.slice(ofProcessor.length).join(', ') || 'none of ours';

/** What another process says of the library that it loads: its instruction set, all that there are, and its threads. */
function loadWith(environment: Record<string, string | undefined>): string {
  const script = `
    const load = await import(${JSON.stringify(join(import.meta.dirname, 'load.ts'))}).catch((error) => error);
    console.log(load instanceof Error ? load.name + ': ' + load.message
      : load.instructionSet() + ' of ' + load.instructionSets().join() + ' on ' + load.threads());`;
  const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return ran.stdout.trim();
}

describe('the native library', () => {
  it('says which version it is, and runs the best instruction set', () => {
    expect(instructionSets()[0]).toBe('x86-64');
    expect(instructionSet()).toBe(instructionSets().at(-1));
    expect(kernelVersion).toMatch(/^[0-9a-f]{12}$/);
  });

  it(`has every instruction set of this processor, which lacks ${lacking}`, () => {
    expect(loadWith({ HONYAKU_INSTRUCTION_SET: undefined, HONYAKU_THREADS: '1' })).toBe(
      `${ofProcessor.at(-1)} of ${ofProcessor.join()} on 1`,
    );
  });

  it.each(ofProcessor)(
    'takes the processor for one that has nothing above %s where HONYAKU_INSTRUCTION_SET says so, with TensorFlow’s number of threads',
    (set) => {
      const left = ofProcessor.slice(0, ofProcessor.indexOf(set) + 1);
      expect(loadWith({ HONYAKU_INSTRUCTION_SET: set, TF_NUM_INTRAOP_THREADS: '3' })).toBe(
        `${set} of ${left.join()} on 3`,
      );
    },
  );

  it('prefers the number of threads of HONYAKU_THREADS', () => {
    expect(loadWith({ HONYAKU_THREADS: '2', TF_NUM_INTRAOP_THREADS: '1' })).toMatch(/ on 2$/);
  });

  it('refuses an instruction set that is not there, and names those that are', () => {
    expect(loadWith({ HONYAKU_INSTRUCTION_SET: 'avx' })).toBe(
      `InvalidInput: HONYAKU_INSTRUCTION_SET is "avx"; this processor has ${ofProcessor.join(', ')}.`,
    );
  });

  it('takes 1 to 1024 threads', () => {
    useThreads(2);
    expect(threads()).toBe(2);
    for (const count of [0, 1025, NaN])
      expect(() => useThreads(count)).toThrow('The number of threads must be 1 to 1024.');
    useThreads(1);
  });
});
