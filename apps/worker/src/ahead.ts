/**
 * Work that the tensor process begins before its job is there: while a checkpoint is uploaded and the API decides,
 * the network is evaluated already and the next epoch trains. Nothing of it is committed by itself: a job that
 * asks for the very same takes it over, any other stops it.
 */
import { rm } from 'node:fs/promises';
import { Cancelled, digestOf, messageOf } from '@honyaku/contracts';
import type { Logger } from 'pino';
import { newAttemptFolder } from './attempts-folder.ts';

/** What the tensor process is asked for; equal keys stand for equal results. */
export interface Task<Result, Progress> {
  readonly key: string;
  readonly run: (
    folder: string,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ) => Promise<Result>;
}

/** The key of a request, with all in it that its result depends on. */
export function keyOf(...parts: readonly unknown[]): string {
  return digestOf(parts);
}

interface Begun<Result, Progress> {
  readonly key: string;
  readonly folder: string;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
  /** Of before it was taken over: the newest that matters. */
  kept: Progress | undefined;
  listener: ((progress: Progress) => void) | undefined;
}

export class Ahead<Result, Progress> {
  private begun: Begun<Result, Progress> | undefined;

  constructor(
    private readonly settings: {
      readonly attemptsFolder: string;
      readonly logger: Logger;
      /** Progress that whoever takes over has to hear. */
      readonly keeps: (progress: Progress) => boolean;
    },
  ) {}

  /** Begins the task unless something is begun already. @returns its result; undefined when it came to nothing */
  async foresee(task: Task<Result, Progress>): Promise<Result | undefined> {
    if (this.begun) return undefined;
    const { attemptsFolder, logger, keeps } = this.settings;
    const controller = new AbortController();
    const folder = newAttemptFolder(attemptsFolder);
    const begun: Begun<Result, Progress> = {
      key: task.key,
      folder,
      controller,
      kept: undefined,
      listener: undefined,
      result: task.run(folder, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (begun.listener) begun.listener(progress);
          else if (keeps(progress)) begun.kept = progress;
        },
      }),
    };
    this.begun = begun;
    return begun.result.catch((error: unknown) => {
      logger.debug({ reason: messageOf(error) }, 'what was begun ahead came to nothing');
      return undefined;
    });
  }

  get isBegun(): boolean {
    return this.begun !== undefined;
  }

  /** Whether the task is begun and not taken over yet. */
  has({ key }: Pick<Task<Result, Progress>, 'key'>): boolean {
    return this.begun?.key === key;
  }

  /** Stops what nobody asked for. */
  async giveUp(): Promise<void> {
    const { begun } = this;
    if (!begun) return;
    this.begun = undefined;
    begun.controller.abort();
    await begun.result.catch(() => undefined);
    await rm(begun.folder, { recursive: true, force: true });
  }

  /**
   * Lends the task's result and the folder that its files are in, which is gone afterwards.
   * @param signal stops the task
   */
  async lend<Used>(
    task: Task<Result, Progress>,
    {
      signal,
      onProgress,
    }: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
    use: (result: Result) => Promise<Used>,
  ): Promise<Used> {
    const begun = this.has(task) ? this.begun : undefined;
    if (begun) this.begun = undefined;
    const folder = begun?.folder ?? newAttemptFolder(this.settings.attemptsFolder);
    try {
      const taken = begun && (await takenOver(begun, signal, onProgress));
      return await use(taken ? taken.result : await task.run(folder, { signal, onProgress }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Undefined when it came to nothing by itself, so that it has to be done again. */
async function takenOver<Result, Progress>(
  begun: Begun<Result, Progress>,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<{ readonly result: Result } | undefined> {
  const stop = () => begun.controller.abort();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  begun.listener = onProgress;
  if (begun.kept !== undefined) onProgress(begun.kept);
  try {
    return { result: await begun.result };
  } catch (error) {
    if (signal.aborted) throw new Cancelled('stopped', { cause: error });
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
