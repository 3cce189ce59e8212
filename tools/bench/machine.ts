/** The machine under a comparison: its processor, and the work on it that is not the comparison's. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/**
 * The load average of the last minute above which ratios flatter us: PyTorch's OpenMP threads wait for each other by
 * spinning, and beside another busy process on two cores its steps take ten times as long; ours hardly suffer.
 */
const busyLoad = 0.5;
/** Cores that other work may keep busy during a row, for the same reason. */
const busyCores = 0.2;

/** Flags of /proc/cpuinfo that decide how fast products are, in both precisions, the earliest processors' first. */
const decisiveFlags = ['avx2', 'avx512f', 'avx512_bf16', 'avx512_fp16', 'amx_bf16'] as const;

/** Processor, its instruction sets, cores and load in one sentence; call it before any work. */
export function machineText(): string {
  const load = loadavg()[0] ?? NaN;
  const warning =
    load > busyLoad
      ? ` (busy above ${busyLoad}: do not trust the ratios, PyTorch suffers more from it than we do)`
      : '';
  const sets = instructionSetsIn(readFileSync('/proc/cpuinfo', 'utf8')).join(', ');
  return `machine: ${cpus()[0]?.model ?? 'unknown'} with ${sets}, ${cpus().length} cores, load average before the run ${load.toFixed(1)}${warning}`;
}

/** The decisive ones among the first processor's flags. */
export function instructionSetsIn(cpuinfo: string): string[] {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? [];
  return decisiveFlags.filter((flag) => flags.includes(flag));
}

/** Milliseconds of all cores together. */
interface CpuTime {
  /** Of the clock. */
  readonly elapsed: number;
  /** Of all processes. */
  readonly busy: number;
  /** Of this process and of its children that have ended. */
  readonly own: number;
}

/** From now on. @returns a function that says how busy other work has kept the machine so far; call it when all children have ended */
export function watchOtherWork(): () => string {
  const before = cpuTime();
  return () => {
    const cores = otherCores(before, cpuTime());
    const warning = cores > busyCores ? ' (busy: do not trust the ratio)' : '';
    return `Meanwhile other work kept ${cores.toFixed(2)} cores busy${warning}.`;
  };
}

/** Cores that other processes kept busy, in the mean. */
export function otherCores(before: CpuTime, after: CpuTime): number {
  const other = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, other / (after.elapsed - before.elapsed));
}

function cpuTime(): CpuTime {
  const times = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return {
    elapsed: performance.now(),
    busy: times.reduce((sum, each) => sum + each, 0),
    own: ownTime(readFileSync('/proc/self/stat', 'utf8')),
  };
}

/** Linux counts in hundredths of a second for programs, on all processors. */
const millisecondsPerTick = 10;

/** From /proc/self/stat: user and system time of the process and of the children that it has waited for. */
export function ownTime(stat: string): number {
  // The program's name, in parentheses, may have spaces; what follows begins with the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * millisecondsPerTick;
}
