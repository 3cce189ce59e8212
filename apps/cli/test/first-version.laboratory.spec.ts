/** A bucket that version 0.1.0 left, in the hands of this version: its command, its API and its worker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SweepList, SweepView, fromJson } from '@honyaku/contracts';
import { LocalStack, type Program } from '@honyaku/local-stack';
import { ObjectStore } from '@honyaku/storage';
import { bucket, bucketFiles } from '@honyaku/sweep-engine/stored';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../src/program.ts';
import { exitCodes } from '../src/terminal.ts';
import { RecordedTerminal } from './command-line.ts';

const hangMilliseconds = 1_800_000;
const ids = Object.keys(bucket).flatMap((key) => /^sweeps\/([^/]+)\/sweep\.json$/.exec(key)?.[1] ?? []);
const [paused = '', grid = ''] = ['paused-', 'grid-'].map((name) => ids.find((id) => id.startsWith(name)));

let folder: string;
let stack: LocalStack;
let api: Program;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-first-version-'));
  stack = await LocalStack.start({ folder });
  const objects = new ObjectStore({ ...stack.objects, region: 'us-east-1' });
  for (const [key, text] of Object.entries(bucket)) await objects.put(key, text);
  for (const [key, bytes] of Object.entries(bucketFiles)) await objects.put(key, bytes);
  [api] = await Promise.all([stack.startApi(), stack.startWorker('worker')]);
}, hangMilliseconds);
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function honyaku(...words: string[]): Promise<{ code: number; text: string }> {
  const terminal = new RecordedTerminal(folder, { HONYAKU_API_URL: api.url });
  const code = await run(words, terminal);
  expect(terminal.notices).not.toContain('honyaku:');
  return { code, text: terminal.text };
}

const Reproduced = z.object({
  same: z.boolean(),
  epochs: z.array(z.object({ before: z.string(), after: z.string() })),
});

describe('a bucket of version 0.1.0', () => {
  it('has each of its sweeps listed and shown, with its log', async () => {
    const { sweeps } = fromJson(SweepList, (await honyaku('ls', '--json')).text, 'ls');
    expect(sweeps.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const { id, state, epochsDone } of sweeps) {
      expect((await honyaku('show', id)).text).toContain(`${id}: ${state}`);
      const { text } = await honyaku('log', id);
      if (epochsDone > 0) expect(text.split('\n').length).toBeGreaterThan(1);
    }
  });

  it(
    'has its paused sweep trained to its end from where it was',
    async () => {
      expect((await honyaku('show', paused)).text).toContain('13 of 80 epochs done');
      await honyaku('resume', paused);
      const { code } = await honyaku('watch', paused);
      expect(code).toBe(exitCodes.completed);
      const { text } = await honyaku('show', paused, '--json');
      expect(fromJson(z.object({ sweep: SweepView }), text, 'show').sweep).toMatchObject({
        state: 'completed',
        epochsDone: 80,
        trials: { completed: 2, failed: 0, lost: 0 },
      });
    },
    hangMilliseconds,
  );

  it(
    'has a trial trained again: to the same bytes, or, on another kind of processor, with every epoch named that differs',
    async () => {
      const { code, text } = await honyaku('reproduce', `${grid}-0001`, '--json');
      const { same, epochs } = fromJson(Reproduced, text, 'reproduce');
      process.stdout.write(`version 0.1.0's trial again: ${same ? 'the same bytes' : 'other bytes here'}\n`);
      expect(epochs).toHaveLength(2);
      expect(same).toBe(epochs.every(({ before, after }) => before === after));
      expect(code).toBe(same ? exitCodes.completed : exitCodes.failed);
    },
    hangMilliseconds,
  );
});
