import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { instructionSetsIn, otherCores, ownTime } from './machine.ts';

describe('instructionSetsIn', () => {
  it('names those that decide how fast products are, whole words alone', () => {
    const cpuinfo =
      'processor\t: 0\nflags\t\t: fpu avx avx2 avx512f avx512bw amx_tile\nbugs\t\t: avx512_bf16\n';
    expect(instructionSetsIn(cpuinfo)).toEqual(['avx2', 'avx512f']);
  });
  it('is empty where there are no flags', () => {
    expect(instructionSetsIn('processor\t: 0\n')).toEqual([]);
  });
});

describe('ownTime', () => {
  it('sums the times of the process and of its children, whatever the program is called', () => {
    const stat = `7 (a) b c) S ${Array.from({ length: 10 }, () => 9).join(' ')} 1 20 300 4000 9 9`;
    expect(ownTime(stat)).toBe(43_210);
  });
  it('counts a child as soon as it has ended', () => {
    const now = () => ownTime(readFileSync('/proc/self/stat', 'utf8'));
    const before = now();
    execFileSync('sh', ['-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done']);
    expect(now()).toBeGreaterThan(before);
  });
});

describe('otherCores', () => {
  const before = { elapsed: 1000, busy: 5000, own: 400 };
  it('is the busy time that is not our own by the time that went by', () => {
    expect(otherCores(before, { elapsed: 3000, busy: 9000, own: 3400 })).toBe(0.5);
  });
  it('is none where the clocks of processes run ahead of the processors’', () => {
    expect(otherCores(before, { elapsed: 3000, busy: 7000, own: 2410 })).toBe(0);
  });
});
