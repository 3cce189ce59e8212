import { describe, expect, it } from 'vitest';
import { CommandFailed, run } from './command.ts';

const shell = (script: string, seconds = 20) => run('sh', ['-c', script], { seconds });

describe('run', () => {
  it('resolves to the standard output', async () => {
    expect(await shell('echo out; echo err >&2')).toBe('out\n');
  });

  it('says how a command ended and shows its last lines', async () => {
    const failing = shell('echo first; echo why >&2; exit 3');
    await expect(failing).rejects.toThrow(/ended with exit code 3:\nfirst\nwhy$/);
    await expect(failing).rejects.toBeInstanceOf(CommandFailed);
  });

  it('kills a command at its limit', async () => {
    await expect(shell('exec sleep 60', 0.2)).rejects.toThrow(/its limit is 0.2 s/);
  });

  it('says that a program is not there', async () => {
    await expect(run('honyaku-no-such-program', [], { seconds: 20 })).rejects.toThrow(/could not be started/);
  });
});
