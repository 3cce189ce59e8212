import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BestBundle, BundleFile, Hyperparameters, SweepView, toJson } from '@honyaku/contracts';
import { exampleBundle, exampleHeldOut } from '@honyaku/contracts/examples';
import { exampleSweep, sweepId } from '@honyaku/client/example-sweep';
import { type FakeApi } from '@honyaku/client/fake-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';

let commandLine: CommandLine;
let api: FakeApi;
let folder: string;
beforeEach(async () => {
  commandLine = await CommandLine.open();
  ({ api, folder } = commandLine);
});
afterEach(() => commandLine.close());

describe('best', () => {
  const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');
  const files = ['config.json', 'model.safetensors', 'source.model', 'target.model'];
  const keys = {
    model: 'model.safetensors',
    source: 'source.model',
    target: 'target.model',
    vocabulary: 'vocab.json',
  };

  /** Serves a bundle whose files all hold `text`, or what `served` has in its place. */
  function serveBundle(
    text: string,
    served: Partial<Record<BundleFile, string>> = {},
    joint = false,
    hyperparameters = Hyperparameters.parse({}),
  ): void {
    const file = (name: BundleFile) => ({ key: keys[name], bytes: text.length, sha256: sha256Of(text) });
    const bundle: BestBundle = {
      config: exampleBundle(sweepId, 2, {
        hyperparameters,
        heldOut: exampleHeldOut(70.28),
        files: {
          model: file('model'),
          source: file('source'),
          target: file('target'),
          ...(joint ? { vocabulary: file('vocabulary') } : {}),
        },
      }),
      bucket: 'honyaku',
      prefix: `sweeps/${sweepId}/best/`,
      samples: [],
      expiresInSeconds: 60,
      urls: {
        model: `${api.url}/file`,
        source: `${api.url}/file`,
        target: `${api.url}/file`,
        config: `${api.url}/config`,
      },
    };
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('completed')));
    api.onJson(`GET /v1/sweeps/${sweepId}/best`, toJson(BestBundle, bundle));
    for (const name of BundleFile.options)
      api.on(`GET /v1/sweeps/${sweepId}/best/${name}`, (_request, response) =>
        response.end(served[name] ?? text),
      );
  }

  const download = () => commandLine.honyaku('best', sweepId, '--output', 'best');
  const downloaded = (name: string) => readFile(join(folder, 'best', name), 'utf8');

  it('downloads the files when their sha256 are those of the config', async () => {
    serveBundle('hello');
    const { code, text } = await download();
    expect(text).toContain(join(folder, 'best'));
    expect(code).toBe(0);
    expect(await readdir(join(folder, 'best'))).toEqual(files);
  });

  it('downloads a joint vocabulary, and removes it with the bundle that had it', async () => {
    serveBundle('hello', {}, true);
    await download();
    expect(await readdir(join(folder, 'best'))).toEqual([...files, 'vocab.json']);
    serveBundle('other');
    expect((await download()).code).toBe(0);
    expect(await readdir(join(folder, 'best'))).toEqual(files);
  });

  it('leaves what else is in the folder, a vocabulary too that is no earlier bundle’s', async () => {
    await mkdir(join(folder, 'best'));
    await writeFile(join(folder, 'best', 'vocab.json'), '{"mine": 0}');
    serveBundle('hello');
    expect((await download()).code).toBe(0);
    expect(await downloaded('vocab.json')).toBe('{"mine": 0}');
  });

  it('keeps no file whose bytes are not those of the config', async () => {
    serveBundle('hello', { model: 'HELLO' });
    const { code, notices } = await download();
    expect(notices).toMatch(/model\.safetensors: got 5 bytes/);
    expect(code).toBe(1);
    expect(await readdir(join(folder, 'best'))).toEqual([]);
  });

  it('leaves an earlier bundle as it was until every file of the new one is there', async () => {
    serveBundle('hello');
    await download();
    const config = await downloaded('config.json');
    serveBundle('other', { target: 'broken' });
    expect((await download()).code).toBe(1);
    expect(await readdir(join(folder, 'best'))).toEqual(files);
    expect(await downloaded('config.json')).toBe(config);
    for (const name of files.slice(1)) expect(await downloaded(name)).toBe('hello');
  });

  it('leaves no config beside files that are not those it names', async () => {
    serveBundle('hello');
    await download();
    await rm(join(folder, 'best', 'target.model'));
    await mkdir(join(folder, 'best', 'target.model'));
    serveBundle('other');
    const { code, notices } = await download();
    expect([code, notices]).toEqual([
      2,
      `honyaku: a file of ${join(folder, 'best')} cannot be written: there is a folder of that name\n`,
    ]);
    expect(await readdir(join(folder, 'best'))).not.toContain('config.json');
  });

  it('names a file that it cannot write, and does not call the API away', async () => {
    serveBundle('hello');
    await mkdir(join(folder, 'best', 'model.safetensors.partial'), { recursive: true });
    const { code, notices } = await download();
    expect([code, notices]).toEqual([
      2,
      expect.stringContaining('cannot be written: there is a folder of that name'),
    ]);
  });

  it('calls the API away when the connection is lost in the middle of a file', async () => {
    serveBundle('hello');
    await download();
    serveBundle('other');
    api.on(`GET /v1/sweeps/${sweepId}/best/source`, (_request, response) => {
      response.writeHead(200, { 'content-length': '5' }).write('ot', () => response.destroy());
    });
    const { code, notices } = await download();
    expect([code, notices]).toEqual([3, expect.stringContaining('honyaku: the download broke')]);
    expect(await downloaded('model.safetensors')).toBe('hello');
  });

  describe('in the form marian', () => {
    const transformer = Hyperparameters.parse({ network: 'transformer', hiddenSize: 64, heads: 4 });
    const marian = (...words: string[]) =>
      commandLine.honyaku('best', sweepId, '--output', 'best', '--format', 'marian', ...words);
    const marianFiles = [
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'source.spm',
      'target.spm',
      'tokenizer_config.json',
      'vocab.json',
    ];
    beforeEach(() => api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('completed'))));

    it('has the files by the names that Hugging Face looks for, with settings of its classes', async () => {
      serveBundle('hello', {}, true, transformer);
      const { code, text } = await marian();
      expect(text).toContain(`downloaded and verified: ${join(folder, 'best')}, in Marian's form`);
      expect(code).toBe(0);
      expect(await readdir(join(folder, 'best'))).toEqual(marianFiles);
      expect(await downloaded('source.spm')).toBe('hello');
      expect(JSON.parse(await downloaded('config.json'))).toMatchObject({
        model_type: 'marian',
        d_model: 64,
      });
    });

    it('replaces an earlier one only once every file of the new one is there', async () => {
      serveBundle('hello', {}, true, transformer);
      await marian();
      serveBundle('other', { vocabulary: 'broken' }, true, transformer);
      expect((await marian()).code).toBe(1);
      expect(await readdir(join(folder, 'best'))).toEqual(marianFiles);
      expect(await downloaded('source.spm')).toBe('hello');
      serveBundle('other', {}, true, transformer);
      expect((await marian()).code).toBe(0);
      expect(await downloaded('source.spm')).toBe('other');
    });

    it('is refused for a recurrent network and for separate vocabularies, with the form that holds them', async () => {
      serveBundle('hello', {}, true);
      const recurrent = await marian();
      expect([recurrent.code, recurrent.notices]).toEqual([
        2,
        `honyaku: the best of ${sweepId} is a recurrent network, and the form marian holds only a Transformer with ` +
          'one vocabulary for both languages (network: transformer, dataset.vocabulary: joint); the form bundle holds every network\n',
      ]);
      serveBundle('hello', {}, false, transformer);
      expect((await marian()).notices).toContain('has a vocabulary for each language, and the form marian');
      expect(await readdir(folder)).toEqual([]);
    });

    it('is not mixed with the other form in a folder', async () => {
      serveBundle('hello', {}, true, transformer);
      await download();
      const { code, notices } = await marian();
      expect([code, notices]).toEqual([
        2,
        expect.stringContaining('holds a checkpoint in the form bundle (source.model); name another folder'),
      ]);
      await rm(join(folder, 'best'), { recursive: true });
      await marian();
      expect((await download()).notices).toContain('in the form marian (tokenizer_config.json)');
      expect(await readdir(join(folder, 'best'))).toEqual(marianFiles);
    });

    it('needs a folder, and is one of the forms that there are', async () => {
      const { code, notices } = await commandLine.honyaku('best', sweepId, '--format', 'marian');
      expect([code, notices]).toEqual([2, expect.stringContaining('add --output DIR')]);
      const other = await commandLine.honyaku('best', sweepId, '--output', 'best', '--format', 'onnx');
      expect([other.code, other.notices]).toEqual([
        2,
        expect.stringContaining('Allowed choices are bundle, marian'),
      ]);
      expect(api.requests).toEqual([]);
    });
  });

  describe('in the form ctranslate2', () => {
    const converted = (...words: string[]) =>
      commandLine.honyaku('best', sweepId, '--output', 'best', '--format', 'ctranslate2', ...words);

    it('is refused for a recurrent network before anything is installed, with the form that holds it', async () => {
      serveBundle('hello', {}, true);
      const { code, notices } = await converted('--quantization', 'int8');
      expect([code, notices]).toEqual([
        2,
        `honyaku: the best of ${sweepId} is a recurrent network, and the form ctranslate2 holds only a Transformer with ` +
          'one vocabulary for both languages (network: transformer, dataset.vocabulary: joint); the form bundle holds every network\n',
      ]);
      expect(await readdir(folder)).toEqual([]);
    });

    it('alone has a quantization, one of those that its converter has', async () => {
      const marian = ['best', sweepId, '--output', 'best', '--format', 'marian'];
      for (const [words, problem] of [
        [[...marian, '--quantization', 'int8'], '--quantization int8 is of the form ctranslate2'],
        [[...marian, '--quantization', 'int4'], 'Allowed choices are float32, float16, int16, int8'],
      ] as const) {
        const { code, notices } = await commandLine.honyaku(...words);
        expect([code, notices]).toEqual([2, expect.stringContaining(problem)]);
      }
      expect(api.requests).toEqual([]);
    });
  });
});
