/** Where a program spent its time, from a CPU profile of V8. */
import { z } from 'zod';

/** As V8 writes it, as far as it is read here. */
export const CpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  /** Ids of nodes. */
  samples: z.array(z.number()),
  /** Microseconds before each sample. */
  timeDeltas: z.array(z.number()),
});
type CpuProfile = z.output<typeof CpuProfile>;

export interface HeavyFunction {
  /** With its file, from the repository's root or the package on. */
  readonly name: string;
  /** Of the time in which the program did anything, 0 to 1; of the function itself, not of what it calls. */
  readonly share: number;
}

/** The functions that took most time themselves, the heaviest first. */
export function heaviestFunctions({ nodes, samples, timeDeltas }: CpuProfile, most: number): HeavyFunction[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '(unknown)';
    if (name === '(idle)') return;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  return [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([name, time]) => ({ name, share: time / busy }));
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(?=(apps|libs)\/)/, '');
  return `${name} ${file}:${lineNumber + 1}`;
}
