import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Corrupt, InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { describeOnEachInstructionSet } from '../kernels/instruction-sets.fixture.ts';
import { beyondTolerance, compareWithGolden } from './golden.ts';

const folderOf = (name: string) => fileURLToPath(new URL(`../fixtures/golden/${name}`, import.meta.url));

describeOnEachInstructionSet('the reference’s numbers', () => {
  it.each(['notebook', 'stateful'])(
    'come out: logits, loss, gradients, weights after five Adam steps and greedy output of %s',
    async (name) => {
      expect(beyondTolerance(await compareWithGolden(folderOf(name)))).toEqual([]);
    },
  );

  it.each(['marian', 'marian-deep'])(
    'come out of %s, with the translations and scores of a beam',
    async (name) => {
      const differences = await compareWithGolden(folderOf(name));
      expect(beyondTolerance(differences)).toEqual([]);
      expect(Object.keys(differences)).toEqual(expect.arrayContaining(['beam', 'beamScores']));
    },
  );
});

describe('compareWithGolden', () => {
  it('finds a difference where the quirk is not the one of the numbers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'golden-'));
    const json = await readFile(join(folderOf('notebook'), 'golden.json'), 'utf8');
    await writeFile(
      join(folder, 'golden.json'),
      json.replace('"stateful_top": false', '"stateful_top": true'),
    );
    await writeFile(
      join(folder, 'golden.safetensors'),
      await readFile(join(folderOf('notebook'), 'golden.safetensors')),
    );
    expect(beyondTolerance(await compareWithGolden(folder))).toContain('gradients');
    await rm(folder, { recursive: true });
  });

  it('says which file is absent or truncated', async () => {
    await expect(compareWithGolden('/nowhere')).rejects.toThrow(InvalidInput);
    const folder = await mkdtemp(join(tmpdir(), 'golden-'));
    for (const name of ['golden.json', 'golden.safetensors']) {
      const bytes = await readFile(join(folderOf('notebook'), name));
      await writeFile(join(folder, name), name.endsWith('json') ? bytes : bytes.subarray(0, 90_000));
    }
    await expect(compareWithGolden(folder)).rejects.toThrow(Corrupt);
    await rm(folder, { recursive: true });
  });

  it('counts NaN as beyond every tolerance', () => {
    const nothing = { logits: 0, loss: 0, gradients: 0, weights: 0, greedy: 0 };
    expect(beyondTolerance({ ...nothing, loss: NaN })).toEqual(['loss']);
  });
});
