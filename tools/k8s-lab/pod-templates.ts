import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

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
