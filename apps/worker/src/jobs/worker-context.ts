import type { TaskContext } from './job-context.ts';
import type { NextTasks } from './next-tasks.ts';

/** Dependencies that all jobs of this worker share. */
export interface WorkerContext extends TaskContext {
  /** Tasks that are started before their jobs arrive. */
  readonly next: NextTasks;
  /** Puts the running job back and ends this worker. */
  readonly end: (reason: string) => void;
}
