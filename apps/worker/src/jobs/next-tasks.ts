/** Speculative execution of the evaluation and the next epoch, which start before their jobs arrive. */
import {
  type EpochRecord,
  afterEpoch,
  messageOf,
  readsEarlierEpochs,
  type trainEpochJob,
} from '@honyaku/contracts';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { Speculation } from './speculation.ts';
import type { TaskContext } from './job-context.ts';
import {
  type EpochOfTrial,
  type EvaluateResult,
  type TrainPayload,
  type TrainTaskProgress,
  type TrainResult,
  evaluateTask,
  trainTask,
} from './tasks.ts';

/** A job that has not arrived by then went to another worker, or will not arrive. */
const deadlineMilliseconds = 5_000;

/** An epoch whose training has ended. */
type TrainedEpoch = EpochOfTrial &
  Pick<EpochRecord, 'history'> &
  Pick<z.output<typeof trainEpochJob.payload>, 'sentences' | 'dev' | 'decoding'>;

export class NextTasks {
  readonly evaluations: Speculation<EvaluateResult, never>;
  readonly trainings: Speculation<TrainResult, TrainTaskProgress>;
  /** Incremented whenever the speculative work is cancelled. */
  private generation = 0;
  private deadline: NodeJS.Timeout | undefined;

  constructor(settings: { readonly attemptsFolder: string; readonly logger: Logger }) {
    this.evaluations = new Speculation({ ...settings, keeps: () => false });
    this.trainings = new Speculation({ ...settings, keeps: ({ type }) => type === 'checkpoint' });
  }

  /**
   * Starts the evaluation and then the next epoch, while the checkpoint is uploaded.
   * @param otherJobsWait whether other jobs would be next, for which the worker should be free
   */
  start(
    context: TaskContext,
    trained: TrainedEpoch,
    checkpoint: NonNullable<TrainPayload['checkpoint']>,
    otherJobsWait: () => Promise<boolean>,
  ): void {
    clearTimeout(this.deadline);
    // Speculative tasks get no earlier checkpoints.
    if (readsEarlierEpochs(trained.config.hyperparameters)) return;
    const { generation } = this;
    const isCurrent = async () =>
      this.generation === generation && !(await otherJobsWait()) && this.generation === generation;
    this.evaluateThenTrain(context, trained, checkpoint, isCurrent).catch((error: unknown) =>
      context.logger.debug({ reason: messageOf(error) }, 'speculative work was not started'),
    );
  }

  async cancelAll(): Promise<void> {
    this.generation += 1;
    await Promise.all([this.evaluations.cancel(), this.trainings.cancel()]);
  }

  /** Cancels the task if its job does not arrive soon. */
  expect(next: 'evaluations' | 'trainings'): void {
    const { generation } = this;
    const cancelIfUnused = () => {
      if (this.generation === generation && this[next].isRunning) void this.cancelAll();
    };
    // The deadline of an earlier job must not cancel the task of a later one.
    clearTimeout(this.deadline);
    this.deadline = setTimeout(cancelIfUnused, deadlineMilliseconds).unref();
  }

  private async evaluateThenTrain(
    context: TaskContext,
    trained: TrainedEpoch,
    checkpoint: NonNullable<TrainPayload['checkpoint']>,
    isCurrent: () => Promise<boolean>,
  ): Promise<void> {
    const { epoch, config, history, sentences, dev, decoding } = trained;
    const { model } = checkpoint;
    const evaluated = await this.evaluations.start(
      await evaluateTask(context, trained, { model, earlier: [], sentences, dev, decoding }),
    );
    if (!evaluated || epoch >= config.epochs || !Number.isFinite(evaluated.ownPerplexity)) return;
    const next = { ...trained, epoch: epoch + 1 };
    const start = { history: afterEpoch(history, epoch, evaluated.ownPerplexity), checkpoint };
    const task = await trainTask(context, next, start);
    if (await isCurrent()) await this.trainings.start(task);
  }
}
