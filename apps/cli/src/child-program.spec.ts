import { Cancelled, Unavailable } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { type ChildProgram, runChildProgram } from './child-program.ts';

const program = (script: string, settings: Partial<ChildProgram> = {}): ChildProgram => ({
  name: 'the converter',
  command: process.execPath,
  words: ['-e', script],
  seconds: 60,
  interrupted: new AbortController().signal,
  ...settings,
});

describe('a program that a command runs', () => {
  it('hands on each line that it prints', async () => {
    const lines: string[] = [];
    const script =
      "process.stdout.write('one\\ntwo'); process.stdout.write(' more\\n\\n'); console.log('three')";
    await runChildProgram(program(script, { report: (line) => lines.push(line) }));
    expect(lines).toEqual(['one', 'two more', '', 'three']);
  });

  it('is given with its last lines when it fails', async () => {
    const failing = runChildProgram(
      program("for (let n = 1; n < 20; n += 1) console.error('line', n); process.exit(3)"),
    );
    await expect(failing).rejects.toThrow(Unavailable);
    await expect(failing).rejects.toThrow(
      /^the converter ended with exit code 3\nline 12\n(line \d+\n)+line 19$/,
    );
  });

  it('is named when it cannot be started', async () => {
    await expect(runChildProgram(program('', { command: '/nowhere/python3' }))).rejects.toThrow(
      'the converter could not be started (spawn /nowhere/python3 ENOENT)',
    );
  });

  it('is ended when it takes too long, and when the command is interrupted', async () => {
    const endless = 'setInterval(() => undefined, 1000); console.log("started")';
    await expect(runChildProgram(program(endless, { seconds: 0.3 }))).rejects.toThrow(
      'the converter took longer than 0.3 seconds',
    );
    const interruption = new AbortController();
    const interrupted = program(endless, {
      interrupted: interruption.signal,
      report: () => interruption.abort(),
    });
    await expect(runChildProgram(interrupted)).rejects.toThrow(Cancelled);
  });
});
