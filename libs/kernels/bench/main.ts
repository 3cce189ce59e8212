/**
 * `node --import tsx libs/kernels/bench/main.ts [THREADS [ROUNDS]]`: milliseconds of each kernel beside TensorFlow's and
 * PyTorch's for the same, all in alternation, the least of all rounds. What others do on the machine at the same time
 * slows all sides down, so compare ratios.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';

const [threads = availableParallelism(), rounds = 20] = process.argv.slice(2).map(Number);
// TensorFlow reads it once, when it is loaded.
process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
const { instructionSet, kernelVersion } = await import('../src/index.ts');
const { tensorflowVersion, tf } = await import('../src/tensorflow.ts');
const { cases } = await import('./cases.ts');
const { startTorch } = await import('./torch-side.ts');

const print = (line: string) => process.stdout.write(`${line}\n`);
const torch = await startTorch(threads);
print(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${instructionSet()}, ${threads} threads, load ${loadavg()[0]?.toFixed(1)}`,
);
print(`kernels ${kernelVersion}, TensorFlow ${tensorflowVersion}, PyTorch ${torch?.version ?? 'not there'}`);

for (const make of cases) {
  for (const { name, operations, sides, torch: ofTorch } of make()) {
    const least = new Map<string, number>();
    const note = (side: string, milliseconds: number) =>
      least.set(side, Math.min(least.get(side) ?? Infinity, milliseconds));
    for (let round = 0; round < rounds; round += 1) {
      for (const [side, run] of Object.entries(sides))
        tf.tidy(() => {
          const started = performance.now();
          run();
          note(side, performance.now() - started);
        });
      if (torch && ofTorch)
        for (const [side, time] of Object.entries(await torch.measure(ofTorch))) note(side, time);
    }
    const cells = [...least].map(([side, time]) => {
      const speed = operations === undefined ? '' : ` (${(operations / time / 1e6).toFixed(0)})`;
      return `${side} ${time.toFixed(2)}${speed}`;
    });
    print(`${name}: ${cells.join(', ')}`);
  }
  tf.disposeVariables();
  tf.engine().startScope();
  tf.engine().endScope();
}
print(`ms (GFLOPS); load ${loadavg()[0]?.toFixed(1)} at the end`);
torch?.close();
