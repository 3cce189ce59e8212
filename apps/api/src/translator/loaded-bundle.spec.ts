import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BundleConfig, fromJson, TranslateRequest } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LoadedBundle } from './loaded-bundle.ts';

const Expected = z.array(z.strictObject({ source: z.string(), greedy: z.string(), beam: z.string() }));

/** Fixtures of earlier versions stay; a version that changes the form of bundles adds its own. */
const versions = ['0.1'];

describe.each(versions)('a bundle of version %s', (version) => {
  const path = (name: string) =>
    fileURLToPath(new URL(`fixtures/bundle-${version}/${name}`, import.meta.url));
  const read = async <Schema extends z.ZodType>(schema: Schema, name: string) =>
    fromJson(schema, await readFile(path(name), 'utf8'), name);

  it('gives the same translations as when it was made', async () => {
    const { hyperparameters, vocabularySize, files } = await read(BundleConfig, 'config.json');
    const expected = await read(Expected, 'translations.json');
    const bundle = await LoadedBundle.load({
      model: path(files.model.key),
      tokenizers: { source: path(files.source.key), target: path(files.target.key) },
      hyperparameters,
      vocabularySize,
    });
    const sentences = expected.map(({ source }) => source);
    const translate = (options: Partial<TranslateRequest>) =>
      bundle.translate(TranslateRequest.parse({ sentences, ...options }), {
        maxTokens: 100,
        longestTarget: 513,
      });
    const outputs = (options: Partial<TranslateRequest>) => translate(options).map(({ output }) => output);
    expect(outputs({})).toEqual(expected.map(({ greedy }) => greedy));
    expect(outputs({ beamSize: 4 })).toEqual(expected.map(({ beam }) => beam));
    // Each is cut at the limit of its own source, as the outputs of a few tokens show.
    const limits = { maxTokens: { perSourceToken: 0.5, plus: 1 }, longestTarget: 513 };
    const cut = bundle.translate(TranslateRequest.parse({ sentences }), limits);
    cut.forEach(({ output, truncated }, row) => {
      const whole = expected[row]?.greedy ?? '';
      expect(whole.startsWith(output)).toBe(true);
      expect(truncated || output === whole).toBe(true);
    });
    expect(cut.some(({ truncated }) => truncated)).toBe(true);
    expect(new Set(outputs({})).size).toBeGreaterThan(5);
    bundle.dispose();
  });
});
