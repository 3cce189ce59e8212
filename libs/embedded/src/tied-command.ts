/** A command of a child process that belongs to its parent. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unavailable } from '@honyaku/contracts';

const intoOwnGroup = 'setpgrp; exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\\n"';

/**
 * The command so that the kernel ends it with its parent, and so that it heads a process group of its own:
 * Ctrl-C in the terminal reaches the parent alone, which then stops its children in order. Each program of
 * the words replaces itself by the next, so all are one process, and its id is the command's.
 *
 * Unlike what Node starts `detached` it stays in its parent's session. Where the kernel schedules sessions as
 * groups (autogroup), some kernels starve whatever is outside a busy one (docs/scale.md).
 * @throws Unavailable when the machine lacks a program that this takes
 */
export function tiedCommand(command: readonly string[]): { program: string; arguments: string[] } {
  return {
    program: systemProgram('setpriv', 'util-linux'),
    arguments: ['--pdeathsig', 'KILL']
      // Perl warns of a locale that the machine does not have.
      .concat(systemProgram('env', 'coreutils'), 'PERL_BADLANG=0')
      .concat(systemProgram('perl', 'perl-base'), '-e', intoOwnGroup)
      .concat(command),
  };
}

/** Path of a program that every Debian has. @throws Unavailable where it is not */
export function systemProgram(name: string, debianPackage: string): string {
  const path = ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path === undefined) {
    throw new Unavailable(`${name} is not on this machine: apt-get install ${debianPackage}`);
  }
  return path;
}
