import { describe, expect, it } from 'vitest';
import { podsOf } from './manifests.ts';

const stream = `
kind: StatefulSet
metadata: { name: redis }
spec:
  template:
    metadata: { labels: { app: redis } }
    spec:
      containers: [{ name: redis }]
      volumes: [{ name: tmp, emptyDir: {} }]
  volumeClaimTemplates: [{ metadata: { name: data } }]
---
kind: Service
metadata: { name: redis }
spec: { clusterIP: None }
`;

describe('podsOf', () => {
  it('makes the pod that the controller of each workload would make', () => {
    expect(podsOf(stream)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { labels: { app: 'redis' }, name: 'redis-0' },
        spec: {
          containers: [{ name: 'redis' }],
          volumes: [
            { name: 'tmp', emptyDir: {} },
            { name: 'data', persistentVolumeClaim: { claimName: 'data-redis-0' } },
          ],
        },
      },
    ]);
  });
});
