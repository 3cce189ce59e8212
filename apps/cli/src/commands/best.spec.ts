import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BestBundle, BundleFile, toJson } from '@honyaku/contracts';
import { exampleBundle, exampleHeldOut } from '@honyaku/contracts/examples';
import { sweepId } from '@honyaku/client/example-sweep';
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
  function serveBundle(text: string, served: Partial<Record<BundleFile, string>> = {}, joint = false): void {
    const file = (name: BundleFile) => ({ key: keys[name], bytes: text.length, sha256: sha256Of(text) });
    const bundle: BestBundle = {
      config: exampleBundle(sweepId, 2, {
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
});
