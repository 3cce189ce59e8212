/**
 * `npm run test:k8s`: the manifests, scaling and recovery on a real Kubernetes control plane with KEDA, without containers.
 * Exit code 0 when every statement held, or when this machine cannot build the laboratory; 1 otherwise.
 */
import { join } from 'node:path';
import { type Binaries, bringBinaries, goUnavailableReason } from './binaries.ts';
import { prepareNamespace } from './installation.ts';
import { startLaboratory } from './laboratory.ts';
import { checkManifests } from './manifests.ts';
import { ClusterPlatform } from './platform.ts';
import { type Report, laboratory } from '../command-line/report.ts';
import { setExitCode } from '../command-line/words.ts';
import { checkScaling, checkResults } from './scaling.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<boolean> {
  const reason = await goUnavailableReason();
  if (reason !== undefined) {
    print(`skipped: the Kubernetes laboratory cannot be built: ${reason}`);
    return true;
  }
  const binaries = await bringBinaries(print);
  return laboratory('k8s-lab', print, (folder, report) => run(binaries, folder, report));
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

await setExitCode(main);
