import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tiedCommand } from './tied-command.ts';

/** Fields of a line of /proc/PID/stat, in which the command stands in parentheses. */
const statOf = (line: string) => {
  const [, parent, group, session] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { pid: line.split(' ')[0], parent, group, session };
};

it('is a process of its own group in the session of its parent, and prints nothing of its own', () => {
  const { program, arguments: rest } = tiedCommand(['/bin/cat', '/proc/self/stat']);
  const { pid, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { LC_ALL: 'a-locale-that-is-not-here' },
  });
  const { session } = statOf(readFileSync('/proc/self/stat', 'utf8'));
  const id = String(pid);
  expect(statOf(stdout)).toEqual({ pid: id, parent: String(process.pid), group: id, session });
  expect(stderr).toBe('');
});
