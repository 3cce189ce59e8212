/** Speculation on what follows an epoch that was just trained: its evaluation and the next epoch, started before their jobs arrive. */
import { type EpochRecord, afterEpoch, messageOf, readsEarlierEpochs } from '@honyaku/contracts';
import type { Logger } from 'pino';
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
const unusedMilliseconds = 5_000;

export class NextTasks {
  readonly evaluations: Speculation<EvaluateResult, never>;
  readonly trainings: Speculation<TrainResult, TrainTaskProgress>;
  /** Rises with each job that is not the one speculated on. */
  private turn = 0;
  private whenLate: NodeJS.Timeout | undefined;

  constructor(settings: { readonly attemptsFolder: string; readonly logger: Logger }) {
    this.evaluations = new Speculation({ ...settings, keeps: () => false });
    this.trainings = new Speculation({ ...settings, keeps: ({ type }) => type === 'checkpoint' });
  }

  /**
   * Starts the evaluation and then the next epoch, while the checkpoint is uploaded.
   * @param othersWait whether other jobs would be next, for which the worker is to be free
   */
  begin(
    context: TaskContext,
    trained: EpochOfTrial & Pick<EpochRecord, 'history'>,
    checkpoint: NonNullable<TrainPayload['checkpoint']>,
    othersWait: () => Promise<boolean>,
  ): void {
    clearTimeout(this.whenLate);
    // What reads earlier epochs waits for its job.
    if (readsEarlierEpochs(trained.config.hyperparameters)) return;
    const { turn } = this;
    const isCurrent = async () => this.turn === turn && !(await othersWait()) && this.turn === turn;
    this.evaluateAndGoOn(context, trained, checkpoint, isCurrent).catch((error: unknown) =>
      context.logger.debug({ reason: messageOf(error) }, 'nothing was started speculatively'),
    );
  }

  /** A job has arrived that is not the one speculated on. */
  async cancelAll(): Promise<void> {
    this.turn += 1;
    await Promise.all([this.evaluations.cancel(), this.trainings.cancel()]);
  }

  /** The job of such a task should have arrived by now, or arrive soon; else the task is cancelled. */
  expect(next: 'evaluations' | 'trainings'): void {
    const { turn } = this;
    const late = () => {
      if (this.turn === turn && this[next].isRunning) void this.cancelAll();
    };
    // The deadline of a job that came must not end what was started for a later one.
    clearTimeout(this.whenLate);
    this.whenLate = setTimeout(late, unusedMilliseconds).unref();
  }

  private async evaluateAndGoOn(
    context: TaskContext,
    trained: EpochOfTrial & Pick<EpochRecord, 'history'>,
    checkpoint: NonNullable<TrainPayload['checkpoint']>,
    isCurrent: () => Promise<boolean>,
  ): Promise<void> {
    const { epoch, config, history } = trained;
    const evaluated = await this.evaluations.start(
      await evaluateTask(context, trained, checkpoint.model, []),
    );
    if (!evaluated || epoch >= config.epochs || !Number.isFinite(evaluated.ownPerplexity)) return;
    const next = { ...trained, epoch: epoch + 1 };
    const start = { history: afterEpoch(history, epoch, evaluated.ownPerplexity), checkpoint };
    const task = await trainTask(context, next, start);
    if (await isCurrent()) await this.trainings.start(task);
  }
}
