/** The machine that the figures were measured on. */
import { cpus, release } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';

const autogroup = '/proc/sys/kernel/sched_autogroup_enabled';

/**
 * CPU, cores, kernel, and whether each session has its share of the processors as a group: with Linux 6.18.44 and
 * its like, a session whose processes sleep and wake often leaves the others none for seconds (docs/scale.md).
 */
export function machineText(): string {
  const processors = cpus();
  return [
    `machine: ${processors[0]?.model ?? 'unknown'}`,
    `${processors.length} cores`,
    `Linux ${release()}`,
    groupsSessions() ? 'sessions scheduled as groups' : 'no groups',
    `Node ${process.versions.node}`,
  ].join(', ');
}

function groupsSessions(): boolean {
  return existsSync(autogroup) && readFileSync(autogroup, 'utf8').trim() === '1';
}
