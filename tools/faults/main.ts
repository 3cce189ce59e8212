/**
 * `npm run test:faults`: disturbs sweeps on real parts and compares what is left with an undisturbed one.
 * Exit code 0 when every fault was survived, 1 otherwise, 2 for bad usage.
 */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { setTimeout as delay } from 'node:timers/promises';
import { type Weights, violations, weightsOf } from './checks.ts';
import { Cluster } from './cluster.ts';
import { type Fault, type Recovery, Skipped } from './fault.ts';
import { type FaultOptions, readOptions } from './options.ts';
import { type Result, summary } from './summary.ts';

async function main({ plan, seed }: FaultOptions): Promise<boolean> {
  const started = performance.now();
  const random = xoroshiro128plus(seed);
  say(`seed ${seed}`);
  const cluster = await Cluster.start(random);
  const results: Result[] = [];
  const inflict = async (fault: Fault, expected: Weights, sweepSeconds: number): Promise<Recovery> => {
    const { id: sweepId } = await cluster.submit(fault.sweep);
    const recovered = await fault.inflict(cluster, {
      sweepId,
      random: () => delay(uniformFloat64(random) * sweepSeconds * 1000),
      coin: () => uniformInt(random, 0, 1),
    });
    const broken = await violations(cluster, await cluster.ended(sweepId), expected);
    if (broken.length > 0) throw new Error(broken.join('; '));
    return recovered;
  };
  try {
    // The dataset is made by the first sweep; the second is what a sweep takes.
    const first = await cluster.ended((await cluster.submit()).id);
    const expected = await weightsOf(cluster, first);
    const before = performance.now();
    const again = await cluster.ended((await cluster.submit()).id);
    const sweepSeconds = (performance.now() - before) / 1000;
    const strange = [
      ...(await violations(cluster, first, expected)),
      ...(await violations(cluster, again, expected)),
    ];
    if (strange.length > 0) throw new Error(`undisturbed: ${strange.join('; ')}`);
    say(`undisturbed: ${sweepSeconds.toFixed(1)} s a sweep, twice the same bytes`);
    for (const { fault, times } of plan) {
      for (let time = 1; time <= times; time += 1) {
        const at = performance.now();
        const result = await inflict(fault, expected, sweepSeconds).then(
          (recovery): Result => ({ fault: fault.name, outcome: 'survived', ...recovery }),
          (error: unknown): Result => ({
            fault: fault.name,
            outcome: error instanceof Skipped ? 'skipped' : 'lost',
            note: messageOf(error),
          }),
        );
        results.push(result);
        const went =
          result.seconds === undefined ? '' : `, work went on after ${result.seconds.toFixed(1)} s`;
        const took = `${((performance.now() - at) / 1000).toFixed(1)} s`;
        const note = result.note === undefined ? '' : ` (${result.note})`;
        say(`${fault.name} ${time}/${times}: ${result.outcome}${went}${note}, ${took}`);
        if (result.outcome === 'lost') await cluster.saveLogs(`${fault.name} ${time}`);
      }
    }
  } finally {
    await cluster.stop();
  }
  say(summary(results, (performance.now() - started) / 1000));
  return results.every(({ outcome }) => outcome !== 'lost');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
}
