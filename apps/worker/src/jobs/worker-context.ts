import type { TaskContext } from './job-context.ts';
import type { NextTasks } from './next-tasks.ts';

/** What every job of this worker shares. */
export interface WorkerContext extends TaskContext {
  /** Tasks that are started before their jobs arrive. */
  readonly next: NextTasks;
  /** Gives back what is under way and ends this worker, which cannot go on. */
  readonly end: (reason: string) => void;
}
