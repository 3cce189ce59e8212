/**
 * Speculative execution: the tensor process starts work before its job arrives. While a checkpoint is uploaded and
 * the API decides, the network is already evaluated and the next epoch trains. Speculative work commits nothing:
 * a job that requests exactly the same task takes it over, any other job cancels it.
 */
import { rm } from 'node:fs/promises';
import { Cancelled, digestOf, messageOf } from '@honyaku/contracts';
import type { Logger } from 'pino';
import { newAttemptFolder } from './attempts-folder.ts';

/** A request to the tensor process; equal keys mean equal results. */
export interface Task<Result, Progress> {
  readonly key: string;
  readonly run: (
    folder: string,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ) => Promise<Result>;
}

/** The key of a request. @param inputs everything that the result depends on */
export function keyOf(...inputs: readonly unknown[]): string {
  return digestOf(inputs);
}

interface Running<Result, Progress> {
  readonly key: string;
  readonly folder: string;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
  /** The latest progress to keep, reported before a job took the task over. */
  kept: Progress | undefined;
  listener: ((progress: Progress) => void) | undefined;
}

export class Speculation<Result, Progress> {
  private running: Running<Result, Progress> | undefined;

  constructor(
    private readonly settings: {
      readonly attemptsFolder: string;
      readonly logger: Logger;
      /** Whether a progress report is kept for the job that takes the task over. */
      readonly keeps: (progress: Progress) => boolean;
    },
  ) {}

  /** Starts the task unless one is running already. @returns its result; undefined when it failed or was cancelled */
  async start(task: Task<Result, Progress>): Promise<Result | undefined> {
    if (this.running) return undefined;
    const { attemptsFolder, logger, keeps } = this.settings;
    const controller = new AbortController();
    const folder = newAttemptFolder(attemptsFolder);
    const running: Running<Result, Progress> = {
      key: task.key,
      folder,
      controller,
      kept: undefined,
      listener: undefined,
      result: task.run(folder, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (running.listener) running.listener(progress);
          else if (keeps(progress)) running.kept = progress;
        },
      }),
    };
    this.running = running;
    return running.result.catch((error: unknown) => {
      logger.debug({ reason: messageOf(error) }, 'speculative work failed or was cancelled');
      return undefined;
    });
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Whether the task is running and no job has taken it over yet. */
  has({ key }: Pick<Task<Result, Progress>, 'key'>): boolean {
    return this.running?.key === key;
  }

  /** Stops the task that is running, if any. */
  async cancel(): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.running = undefined;
    running.controller.abort();
    await running.result.catch(() => undefined);
    await rm(running.folder, { recursive: true, force: true });
  }

  /**
   * Takes over the task if it is running, else runs it, and calls `use` with its result. The folder of its files is
   * removed afterwards.
   * @param signal stops the task
   */
  async take<Used>(
    task: Task<Result, Progress>,
    {
      signal,
      onProgress,
    }: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
    use: (result: Result) => Promise<Used>,
  ): Promise<Used> {
    const running = this.has(task) ? this.running : undefined;
    if (running) this.running = undefined;
    const folder = running?.folder ?? newAttemptFolder(this.settings.attemptsFolder);
    try {
      const taken = running && (await takenOver(running, signal, onProgress));
      return await use(taken ? taken.result : await task.run(folder, { signal, onProgress }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** The result of a running task; undefined if the task failed by itself and must be run again. */
async function takenOver<Result, Progress>(
  running: Running<Result, Progress>,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<{ readonly result: Result } | undefined> {
  const stop = () => running.controller.abort();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  running.listener = onProgress;
  if (running.kept !== undefined) onProgress(running.kept);
  try {
    return { result: await running.result };
  } catch (error) {
    if (signal.aborted) throw new Cancelled('stopped', { cause: error });
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
