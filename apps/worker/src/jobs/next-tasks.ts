/** What follows an epoch that was just trained: its evaluation and the next epoch, begun before their jobs are there. */
import { type EpochRecord, messageOf, readsEarlierEpochs } from '@honyaku/contracts';
import { afterEpoch } from '@honyaku/search';
import type { Logger } from 'pino';
import { Ahead } from '../ahead.ts';
import type { TaskParts } from './job-context.ts';
import {
  type EpochOfTrial,
  type EvaluateResult,
  type TrainPayload,
  type TrainProgress,
  type TrainResult,
  evaluateTask,
  trainTask,
} from './tasks.ts';

/** A job that has not come by then went to another worker, or will not come. */
const unusedMilliseconds = 5_000;

export class NextTasks {
  readonly evaluations: Ahead<EvaluateResult, never>;
  readonly trainings: Ahead<TrainResult, TrainProgress>;
  /** Rises with each job that is not what was foreseen. */
  private turn = 0;

  constructor(settings: { readonly attemptsFolder: string; readonly logger: Logger }) {
    this.evaluations = new Ahead({ ...settings, keeps: () => false });
    this.trainings = new Ahead({ ...settings, keeps: ({ type }) => type === 'checkpoint' });
  }

  /**
   * Begins the evaluation and then the next epoch, while the checkpoint goes up.
   * @param othersWait whether other jobs would be next, for which the worker is to be free
   */
  begin(
    parts: TaskParts,
    trained: EpochOfTrial & Pick<EpochRecord, 'history'>,
    checkpoint: NonNullable<TrainPayload['checkpoint']>,
    othersWait: () => Promise<boolean>,
  ): void {
    // What reads earlier epochs waits for its job.
    if (readsEarlierEpochs(trained.config.hyperparameters)) return;
    const { turn } = this;
    const isCurrent = async () => this.turn === turn && !(await othersWait()) && this.turn === turn;
    this.evaluateAndGoOn(parts, trained, checkpoint, isCurrent).catch((error: unknown) =>
      parts.logger.debug({ reason: messageOf(error) }, 'nothing was begun ahead'),
    );
  }

  /** A job is there that is not what was foreseen. */
  async makeWay(): Promise<void> {
    this.turn += 1;
    await Promise.all([this.evaluations.giveUp(), this.trainings.giveUp()]);
  }

  /** What follows was to be asked for by now, or soon. */
  expect(next: 'evaluations' | 'trainings'): void {
    const { turn } = this;
    const late = () => {
      if (this.turn === turn && this[next].isBegun) void this.makeWay();
    };
    setTimeout(late, unusedMilliseconds).unref();
  }

  private async evaluateAndGoOn(
    parts: TaskParts,
    trained: EpochOfTrial & Pick<EpochRecord, 'history'>,
    checkpoint: NonNullable<TrainPayload['checkpoint']>,
    isCurrent: () => Promise<boolean>,
  ): Promise<void> {
    const { epoch, config, history } = trained;
    const evaluated = await this.evaluations.foresee(
      await evaluateTask(parts, trained, checkpoint.model, []),
    );
    if (!evaluated || epoch >= config.epochs || !Number.isFinite(evaluated.ownPerplexity)) return;
    const next = { ...trained, epoch: epoch + 1 };
    const start = { history: afterEpoch(history, epoch, evaluated.ownPerplexity), checkpoint };
    const task = await trainTask(parts, next, start);
    if (await isCurrent()) await this.trainings.foresee(task);
  }
}
