import type { TaskParts } from './job-context.ts';
import type { NextTasks } from './next-tasks.ts';

/** What every job of this worker shares. */
export interface WorkerParts extends TaskParts {
  /** What is begun before its job is there. */
  readonly next: NextTasks;
  /** Gives back what is under way and ends this worker, which cannot go on. */
  readonly end: (reason: string) => void;
}
