/** Whether workers that were taken away were those that cost least, by what they said themselves. */
import { setTimeout as delay } from 'node:timers/promises';
import { type WorkerPod, type WorkerPods } from './worker-pods.ts';

/** Until all pods of one decision are marked. */
const decisionMilliseconds = 1_000;

export interface Choice {
  readonly taken: string;
  readonly cost: number;
  /** The lowest cost of a ready worker that was left. */
  readonly left: number;
}

export class ScaleDownOrder {
  /** Where a ready worker was taken and a ready one was left. */
  readonly choices: Choice[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly pods: WorkerPods) {
    pods.onChange((pod, isGone) => {
      if (isGone || pod.graceSeconds === undefined || this.seen.has(pod.uid)) return;
      this.seen.add(pod.uid);
      void this.look(pod);
    });
  }

  /** It goes for another reason than that there are too many. */
  leaveOut({ uid }: WorkerPod): void {
    this.seen.add(uid);
  }

  private async look(taken: WorkerPod): Promise<void> {
    if (!taken.ready) return;
    const others = this.pods.list(taken.role).filter(({ uid, ready }) => ready && uid !== taken.uid);
    await delay(decisionMilliseconds);
    const staying = new Set(
      this.pods.list(taken.role).flatMap((pod) => (pod.graceSeconds === undefined ? [pod.uid] : [])),
    );
    const costs = others.filter(({ uid }) => staying.has(uid)).map(({ deletionCost }) => deletionCost);
    if (costs.length > 0)
      this.choices.push({ taken: taken.name, cost: taken.deletionCost, left: Math.min(...costs) });
  }
}
