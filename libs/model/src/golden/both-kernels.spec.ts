/** The same weights in two processes, one with TensorFlow's kernels and one with our own. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { architectures, learntPairs, trainedNetworks } from '../decoding/trained-networks.fixture.ts';
import { isNative } from '../kernels/choice.ts';
import { saveNetworks, type Translations, translationsBy } from './translations.fixture.ts';

const kinds = [...architectures].map(([kind, { hasAttention }]) => ({ kind, hasAttention }));
let native: readonly Translations[];
let tensorflow: readonly Translations[];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'both-kernels-'));
  const networks = trainedNetworks(learntPairs, 50);
  await saveNetworks(networks, folder);
  const here = networks.map(translationsBy);
  const there = translationsOfOthers(folder);
  [native, tensorflow] = isNative ? [here, there] : [there, here];
  networks.forEach(({ network }) => network.dispose());
  await rm(folder, { recursive: true });
});

/** By the kernels that this process does not compute with. */
function translationsOfOthers(folder: string): Translations[] {
  const fixture = JSON.stringify(join(import.meta.dirname, 'translations.fixture.ts'));
  const script = `
    const { loadedTranslations } = await import(${fixture});
    process.stdout.write(JSON.stringify(await loadedTranslations(${JSON.stringify(folder)})));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    {
      encoding: 'utf8',
      env: { ...process.env, HONYAKU_KERNELS: isNative ? 'tensorflow' : 'native' },
      maxBuffer: 2 ** 26,
    },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

function ofKind(all: readonly Translations[], kind: string): Translations {
  const found = all.find((each) => each.kind === kind);
  if (!found) throw new Error(`no translations by ${kind}`);
  return found;
}

describe.each(kinds)('translations by a network with $kind', ({ kind, hasAttention }) => {
  it('are the same by both kernels, with the same attention and log probability', () => {
    const [ours, theirs] = [ofKind(native, kind), ofKind(tensorflow, kind)];
    expect(ours.ids).toEqual(theirs.ids);
    const differences = (a: readonly number[], b: readonly number[]) =>
      a.map((value, at) => Math.abs(value - (b[at] ?? NaN)));
    const attention = differences(ours.attention.flat(2), theirs.attention.flat(2));
    const scores = differences(ours.logProbabilities, theirs.logProbabilities);
    expect(attention.length > 0).toBe(hasAttention);
    expect(Math.max(0, ...attention)).toBeLessThan(1e-5);
    expect(Math.max(...scores)).toBeLessThan(1e-4);
  });

  it('need none of TensorFlow’s products where native kernels are chosen', () => {
    const { kernels } = ofKind(native, kind);
    expect(kernels.filter((name) => /MatMul|Softmax|LSTM/.test(name) && !name.startsWith('Honyaku'))).toEqual(
      [],
    );
    const isTransformer = kind === 'a Transformer';
    expect(kernels.includes('HonyakuAttention')).toBe(hasAttention && !isTransformer);
    expect(kernels.includes('HonyakuMultiHead')).toBe(isTransformer);
    expect(ofKind(tensorflow, kind).kernels.filter((name) => name.startsWith('Honyaku'))).toEqual([]);
  });
});
