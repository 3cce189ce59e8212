import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instructionSet, instructionSets, kernelVersion, threads, useThreads } from './load.ts';

function loadWith(environment: Record<string, string>): string {
  const script = `
    const load = await import(${JSON.stringify(join(import.meta.dirname, 'load.ts'))}).catch((error) => error);
    console.log(load instanceof Error ? load.name + ': ' + load.message : load.instructionSet() + ' ' + load.threads());`;
  const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return ran.stdout.trim();
}

describe('the native library', () => {
  it('runs the processor’s best instruction set and says which and which version', () => {
    expect(instructionSets()[0]).toBe('x86-64');
    expect(instructionSet()).toBe(instructionSets().at(-1));
    expect(kernelVersion).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each(instructionSets())(
    'runs %s where HONYAKU_INSTRUCTION_SET says so, with TensorFlow’s number of threads',
    (set) => {
      expect(loadWith({ HONYAKU_INSTRUCTION_SET: set, TF_NUM_INTRAOP_THREADS: '3' })).toBe(`${set} 3`);
    },
  );

  it('prefers the number of threads of HONYAKU_THREADS', () => {
    expect(loadWith({ HONYAKU_THREADS: '2', TF_NUM_INTRAOP_THREADS: '1' })).toBe(`${instructionSet()} 2`);
  });

  it('refuses an instruction set that is not there, and names those that are', () => {
    expect(loadWith({ HONYAKU_INSTRUCTION_SET: 'avx' })).toBe(
      `InvalidInput: HONYAKU_INSTRUCTION_SET is "avx"; this processor has ${instructionSets().join(', ')}.`,
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
