/**
 * `npm run test:k8s`: the manifests, scaling and recovery on a real Kubernetes control plane with KEDA, without containers.
 * Exit code 0 when every statement held, or when this machine cannot build the laboratory; 1 otherwise.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@honyaku/contracts';
import { type Binaries, bringBinaries, goUnavailableReason } from './binaries.ts';
import { prepareNamespace } from './installation.ts';
import { startLaboratory } from './laboratory.ts';
import { checkManifests } from './manifests.ts';
import { ClusterPlatform } from './platform.ts';
import { Report } from '../command-line/report.ts';
import { checkScaling, checkResults } from './scaling.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<boolean> {
  const lack = await goUnavailableReason();
  if (lack !== undefined) {
    print(`skipped: the Kubernetes laboratory cannot be built: ${lack}`);
    return true;
  }
  const binaries = await bringBinaries(print);
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-k8s-lab-'));
  const report = new Report(print);
  const started = performance.now();
  try {
    await run(binaries, folder, report);
  } catch (error) {
    report.check('the laboratory ran to its end', false, messageOf(error));
  }
  print(`${report.summary}, in ${Math.round((performance.now() - started) / 1000)} s`);
  if (report.allHeld) await rm(folder, { recursive: true, force: true });
  else print(`logs: ${folder}`);
  return report.allHeld;
}

async function run(binaries: Binaries, folder: string, report: Report): Promise<void> {
  const since = performance.now();
  print('… starting the control plane, KEDA, Redis, the bucket and the API');
  const platform = await ClusterPlatform.start(join(folder, 'platform'));
  try {
    const laboratory = await startLaboratory(join(folder, 'cluster'), binaries);
    let sweep;
    try {
      print(`✓ started, ${((performance.now() - since) / 1000).toFixed(1)} s`);
      await prepareNamespace(laboratory, folder);
      await checkManifests(laboratory, report, folder);
      sweep = await checkScaling(laboratory, platform, report, folder);
    } finally {
      await laboratory.stop();
    }
    await checkResults(platform, sweep, report);
  } finally {
    await platform.stop();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
