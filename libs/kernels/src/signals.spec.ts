/** What a signal may do to a process that computes: tools/setup/binding/signals.cc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-signals-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Products whose inner dimension is so long that oneDNN takes its buffer from the heap. */
const multiply = `
  const { tf } = await import(${JSON.stringify(join(import.meta.dirname, 'tensorflow.ts'))});
  const a = tf.randomUniform([256, 256], 0, 1, 'float32', 1);
  const product = () => tf.tidy(() => tf.matMul(a, a).dataSync());
  const first = product();
  const differs = () => product().some((value, index) => value !== first[index]);
`;

function start(script: string, options: readonly string[] = []) {
  const args = ['--import', 'tsx', ...options, '--input-type=module', '-e', multiply + script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let output = '';
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  return { child, output: () => output, ended: once(child, 'close') };
}

describe('a process that multiplies', () => {
  it('keeps its memory whole when it handles signals', async () => {
    const { child, output, ended } = start(`
      let handled = 0;
      process.on('SIGUSR2', () => (handled += 1));
      process.send('ready');
      let wrong = 0;
      for (let round = 0; round < 100 || handled < 100; round += 1) {
        if (differs()) wrong += 1;
        await new Promise(setImmediate);
      }
      console.log(JSON.stringify({ wrong }));
      process.exit(0);
    `);
    await once(child, 'message');
    const signals = setInterval(() => child.kill('SIGUSR2'), 1);
    expect(await ended).toEqual([0, null]);
    clearInterval(signals);
    expect(output()).toBe('{"wrong":0}\n');
  });

  it('keeps it whole beside a profiler', async () => {
    const { output, ended } = start(
      'let wrong = 0; for (let round = 0; round < 100; round += 1) if (differs()) wrong += 1; console.log(wrong);',
      ['--cpu-prof', `--cpu-prof-dir=${folder}`],
    );
    expect(await ended).toEqual([0, null]);
    expect(output()).toBe('0\n');
  });

  it('ends at a signal that it does not handle', async () => {
    const { child, ended } = start(`process.send('ready'); while (true) product();`);
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
  });
});
