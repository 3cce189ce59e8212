import { lstat, mkdir, readFile, readdir, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EpochList, SweepView, TrialList, toJson } from '@honyaku/contracts';
import { exampleEpochs, exampleSweep, exampleTrials, sweepId } from '@honyaku/client/example-sweep';
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

describe('report', () => {
  beforeEach(() => {
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('completed')));
    api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: exampleTrials }));
    api.onJson(`GET /v1/trials/${sweepId}-0001/epochs`, toJson(EpochList, { epochs: exampleEpochs }));
  });

  it('is written beside an earlier one and takes its place as a whole', async () => {
    await writeFile(join(folder, 'report.html'), 'earlier');
    await symlink('report.html', join(folder, 'newest.html'));
    await mkdir(join(folder, 'report.html.partial'));
    const refused = await commandLine.honyaku('report', sweepId, '--output', 'newest.html');
    expect([refused.code, refused.notices]).toEqual([
      2,
      expect.stringMatching(
        /^honyaku: the report .*newest\.html cannot be written: there is a folder of that name\n$/,
      ),
    ]);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toBe('earlier');
    await rmdir(join(folder, 'report.html.partial'));

    expect((await commandLine.honyaku('report', sweepId, '--output', 'newest.html')).code).toBe(0);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('<svg');
    expect(await readdir(folder)).toEqual(['newest.html', 'report.html']);
    expect((await lstat(join(folder, 'newest.html'))).isSymbolicLink()).toBe(true);
  });

  it('goes into a device or pipe that is named, which stays what it is', async () => {
    const { code, notices } = await commandLine.honyaku('report', sweepId, '--output', '/dev/full');
    expect([code, notices]).toEqual([
      2,
      'honyaku: the report /dev/full cannot be written: the disk is full\n',
    ]);
    expect((await lstat('/dev/full')).isCharacterDevice()).toBe(true);
  });

  it('names a folder that is not there', async () => {
    const { code, notices } = await commandLine.honyaku('report', sweepId, '--output', 'absent/report.html');
    expect([code, notices]).toEqual([2, expect.stringContaining('there is no such folder')]);
  });
});
