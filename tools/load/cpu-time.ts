/** What the kernel knows of a process's use of the processor. */
import { readFileSync } from 'node:fs';

/** Linux tells it in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;
/** Of the fields after the program's name, which stands in brackets and may hold anything. */
const [userField, systemField] = [11, 12];

/** Seconds of CPU time that a process and its threads have used; of children that are gone nothing. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[userField]) + Number(fields[systemField])) / ticksPerSecond;
}

/** Seconds that a process's first thread was ready to run and had no processor. */
export function waitSeconds(pid: number): number {
  const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return Number(waited) / 1e9;
}
