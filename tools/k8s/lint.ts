/**
 * `npm run lint:k8s`: builds every overlay and gives it to kube-score; anything that it remarks is a failure.
 * Without Go it prints so and succeeds.
 */
import { spawnSync } from 'node:child_process';
import { Unavailable } from '@honyaku/contracts';
import { CommandFailed, goVersion } from '../setup/command.ts';
import { buildOverlay, overlays, bringProgram, builtProgram } from './overlays.ts';

const kubernetesVersion = 'v1.34';

/** Exceptions for every object. Those for one object are annotations (`kube-score/ignore`) in its manifest. */
const exceptions = [
  {
    flag: '--ignore-container-cpu-limit',
    why: 'a limit slows TensorFlow down while the node is idle; requests share the processors out',
  },
  {
    flag: '--ignore-test=container-image-pull-policy',
    why: 'images have fixed versions: what is on the node need not be asked for again when a registry is away',
  },
  {
    flag: '--ignore-test=deployment-has-host-podantiaffinity',
    why: 'topology spread does it for the API; workers may share a node, they fill its GPUs',
  },
];

const print = (line: string) => process.stdout.write(`${line}\n`);

/** kube-score's remarks on a YAML stream, one a line. @throws Unavailable when it cannot be run */
function remarksOn(kubeScore: string, manifests: string): string[] {
  const settings = [
    '--kubernetes-version',
    kubernetesVersion,
    '--enable-optional-test=container-seccomp-profile',
  ];
  const flags = exceptions.map(({ flag }) => flag);
  const answer = spawnSync(kubeScore, ['score', ...settings, ...flags, '-o', 'ci', '-'], {
    input: manifests,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (answer.status === null) throw new Unavailable('kube-score could not be run', { cause: answer.error });
  const lines = `${answer.stdout}${answer.stderr}`.split('\n');
  return lines.filter((line) => line.trim() !== '' && !/^\[(OK|SKIPPED)\]/.test(line));
}

/** Both programs are built by Go, once. */
async function canNotBuild(): Promise<boolean> {
  if (builtProgram('kustomize') !== undefined && builtProgram('kube-score') !== undefined) return false;
  return (await goVersion()) === undefined;
}

async function main(): Promise<number> {
  if (await canNotBuild()) {
    print('skipped: kustomize and kube-score are built by Go, and there is no Go here');
    return 0;
  }
  const kustomize = await bringProgram('kustomize', print);
  const kubeScore = await bringProgram('kube-score', print);
  let count = 0;
  for (const overlay of overlays) {
    const remarks = remarksOn(kubeScore, await buildOverlay(kustomize, overlay));
    print(`${remarks.length === 0 ? '✓' : '✗'} ${overlay.name}`);
    for (const remark of remarks) print(`  ${remark}`);
    count += remarks.length;
  }
  for (const { flag, why } of exceptions) print(`exception ${flag}: ${why}`);
  return count === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CommandFailed || error instanceof Unavailable)) throw error;
  print(error.message);
  process.exitCode = 2;
}
