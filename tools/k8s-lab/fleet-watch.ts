/** The workers' pods in numbers: tells every change, and remembers what happened when. */
import { type WorkerPod, type WorkerPods } from './worker-pods.ts';

export class FleetWatch {
  /** By role: when a pod was given a node for the first time, in milliseconds of `performance.now()`. */
  readonly firstScheduled = new Map<string, number>();
  private told = '';
  private begun = performance.now();

  constructor(
    private readonly pods: WorkerPods,
    private readonly isLost: (pod: WorkerPod) => boolean,
    private readonly print: (line: string) => void,
  ) {
    pods.onChange(() => this.look());
  }

  /** Forgets what was before; times that are told count from now. */
  begin(): void {
    this.firstScheduled.clear();
    this.begun = performance.now();
  }

  private look(): void {
    for (const { role, node } of this.pods.list())
      if (node !== undefined && !this.firstScheduled.has(role))
        this.firstScheduled.set(role, performance.now());
    const now = ['preprocess', 'trials'].flatMap((role) => this.countsOf(role)).join('; ') || 'no workers';
    if (now === this.told) return;
    this.told = now;
    this.print(`  ${((performance.now() - this.begun) / 1000).toFixed(1).padStart(6)} s  ${now}`);
  }

  private countsOf(role: string): string[] {
    const pods = this.pods.list(role);
    if (pods.length === 0) return [];
    const there = pods.filter((pod) => !this.isLost(pod));
    const staying = there.filter(({ graceSeconds }) => graceSeconds === undefined);
    const counts = {
      ready: staying.filter(({ ready }) => ready).length,
      starting: staying.filter(({ node, ready }) => node !== undefined && !ready).length,
      'without a node': staying.filter(({ node }) => node === undefined).length,
      stopping: there.length - staying.length,
      'without a machine': pods.length - there.length,
    };
    const parts = Object.entries(counts).filter(([, count]) => count > 0);
    return [`${role}: ${parts.map(([state, count]) => `${count} ${state}`).join(', ')}`];
  }
}
