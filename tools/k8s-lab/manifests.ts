/** Every overlay, sent to the server as a person would send it, but not to stay. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@honyaku/contracts';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { overlays } from '../k8s/overlays.ts';
import { type Laboratory } from './laboratory.ts';
import { type Report } from '../command-line/report.ts';
import { namespace } from './worker-pods.ts';

const container = { name: 'any', image: 'any' };

/** Pods that have to be refused, so that an answer of yes means something. */
const refused = [
  { what: 'that runs as root', spec: { containers: [container] }, why: 'violates PodSecurity' },
  {
    what: 'with a misspelt field',
    spec: { containers: [container], hostNetwrok: true },
    why: 'unknown field',
  },
];

/** The namespace has to be prepared, and to hold nothing else of honyaku yet. @param folder for what is sent */
export async function checkManifests({ kubectl }: Laboratory, report: Report, folder: string): Promise<void> {
  const tryPods = async (name: string, pods: readonly object[]) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
    return kubectl.apply(file, '--dry-run=server', `--namespace=${namespace}`);
  };
  for (const overlay of overlays) {
    await report.attempt(`overlay ${overlay.name} applies: no unknown field, no warning`, async () => {
      const answer = await kubectl.tryOverlay(overlay.folder);
      return `${answer.trimEnd().split('\n').length} objects`;
    });
    await report.attempt(`overlay ${overlay.name}: the restricted standard admits its pods`, async () => {
      const pods = podsOf(await kubectl.render(overlay.folder));
      await tryPods(`pods-of-${overlay.name}`, pods);
      return `${pods.length} kinds`;
    });
  }
  for (const { what, spec, why } of refused) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'any' }, spec };
    const answer = await tryPods('refused', [pod]).then(() => 'it was admitted', messageOf);
    report.check(`a pod ${what} is refused`, answer.includes(why));
  }
}

const PodTemplate = z.object({
  metadata: z.looseObject({}),
  spec: z.looseObject({ volumes: z.array(z.unknown()).default([]) }),
});

/** Whatever makes pods; CronJobs, which hold their template deeper, are not used. */
const Workload = z.object({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Job']),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    template: PodTemplate,
    volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })).default([]),
  }),
});

/** One pod of each workload of a YAML stream, as its controller would make it. */
export function podsOf(stream: string): object[] {
  return parseAllDocuments(stream).flatMap((document) => {
    const { data: workload } = Workload.safeParse(document.toJS());
    return workload ? [podOf(workload)] : [];
  });
}

function podOf({ metadata: { name }, spec }: z.output<typeof Workload>): object {
  const { template, volumeClaimTemplates } = spec;
  const claims = volumeClaimTemplates.map(({ metadata: claim }) => ({
    name: claim.name,
    persistentVolumeClaim: { claimName: `${claim.name}-${name}-0` },
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: `${name}-0` },
    spec: { ...template.spec, volumes: [...template.spec.volumes, ...claims] },
  };
}
