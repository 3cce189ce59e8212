import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Processors that this process may use: its affinity and, in a container, the share of time that the control group
 * grants it (cgroup v2), rounded up. Node 20 counts the former alone.
 */
export function usableProcessors(cpuMax = '/sys/fs/cgroup/cpu.max'): number {
  const available = availableParallelism();
  let text: string;
  try {
    text = readFileSync(cpuMax, 'utf8');
  } catch {
    return available;
  }
  const [quota = NaN, period = NaN] = text.split(' ').map(Number);
  const granted = Math.ceil(quota / period);
  return granted >= 1 ? Math.min(granted, available) : available;
}
