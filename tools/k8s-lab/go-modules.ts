/** What the laboratory is built from. Versions stand in `go/<name>/go.mod` alone, checksums in its go.sum. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug } from '@honyaku/contracts';

/** One tiny Go module of `go/`, which pins the module that programs and definitions are taken from. */
export interface GoModule {
  /** Folder below `go/`. */
  readonly name: string;
  readonly path: string;
  /** The program's name → its package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Folder of the module that holds custom resource definitions. */
  readonly definitions?: string;
  /** Go sets these strings of the program when it links it. */
  readonly strings?: (version: string) => Readonly<Record<string, string>>;
}

const versionOfKubernetes = 'k8s.io/component-base/version';

export const goModules = {
  etcd: {
    name: 'etcd',
    path: 'go.etcd.io/etcd/server/v3',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
  },
  kubernetes: {
    name: 'kubernetes',
    path: 'k8s.io/kubernetes',
    programs: {
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    // Without them clients are told version 0.0.
    strings: (version) => {
      const [major = '', minor = ''] = version.slice(1).split('.');
      return {
        [`${versionOfKubernetes}.gitVersion`]: version,
        [`${versionOfKubernetes}.gitMajor`]: major,
        [`${versionOfKubernetes}.gitMinor`]: minor,
      };
    },
  },
  kwok: {
    name: 'kwok',
    path: 'sigs.k8s.io/kwok',
    programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
  },
  keda: {
    name: 'keda',
    path: 'github.com/kedacore/keda/v2',
    programs: {
      'keda-operator': 'github.com/kedacore/keda/v2/cmd/operator',
      'keda-adapter': 'github.com/kedacore/keda/v2/cmd/adapter',
    },
    definitions: 'config/crd/bases',
  },
  'prometheus-operator': {
    name: 'prometheus-operator',
    path: 'github.com/prometheus-operator/prometheus-operator',
    programs: {},
    definitions: 'example/prometheus-operator-crd',
  },
} as const satisfies Readonly<Record<string, GoModule>>;

export function folderOf({ name }: GoModule): string {
  return join(import.meta.dirname, 'go', name);
}

/** As Go writes it: `v1.34.2`. */
export async function versionOf(module: GoModule): Promise<string> {
  const text = await readFile(join(folderOf(module), 'go.mod'), 'utf8');
  const version = new RegExp(`^require ${module.path} (v\\S+)$`, 'm').exec(text)?.[1];
  if (version === undefined) throw new Bug(`go/${module.name}/go.mod does not require ${module.path}`);
  return version;
}

/** Names the cached folder: another one when a pinned checksum or what is taken of the module changes. */
export async function cacheNameOf(module: GoModule): Promise<string> {
  const version = await versionOf(module);
  const hash = createHash('sha256').update(JSON.stringify({ ...module, strings: module.strings?.(version) }));
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(folderOf(module), file)));
  return `${module.name}-${version}-${hash.digest('hex').slice(0, 12)}`;
}
