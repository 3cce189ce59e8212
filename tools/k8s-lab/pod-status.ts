/** What a kubelet tells the cluster of a pod that it runs. */
import { type V1PodStatus } from '@kubernetes/client-node';
import { type WorkerPod } from './worker-pods.ts';

/** @param ready whether its containers answer */
export function runningStatus({ object }: WorkerPod, startedAt: Date, ready: boolean): V1PodStatus {
  const lastTransitionTime = ready ? new Date() : startedAt;
  const holds = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime,
  });
  return {
    phase: 'Running',
    startTime: startedAt,
    conditions: [holds('Initialized', true), holds('ContainersReady', ready), holds('Ready', ready)],
    containerStatuses: (object.spec?.containers ?? []).map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready,
      started: ready,
      restartCount: 0,
      state: { running: { startedAt } },
    })),
  };
}
