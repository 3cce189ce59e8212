/** Requests that change a sweep under way: cancel, pause, resume, retry, extend, add trials, pin. */
import {
  Conflict,
  type Constants,
  InvalidInput,
  NotFound,
  type NotedSweep,
  type StopNotice,
  type SweepExtension,
  type SweepView,
  type TrialByHand,
  type TrialView,
  Unavailable,
  type SweepEvent,
  constantsOf,
  maxTrialsByHand,
  requireNetworkOfStart,
  requireVocabularyFor,
  sweepIdOf,
} from '@honyaku/contracts';
import {
  type SweepState,
  canRetry,
  hasEnded,
  hasRetries,
  neededFlows,
  openFlows,
  sweepViewOf,
} from '@honyaku/sweep-engine';
import { type PlanningThreads } from '../planning/planning-threads.ts';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { notesOnRepeated, nothingToRetry, withNotes } from './request-notes.ts';
import { earlierResults } from './warm-start.ts';
import { type FollowUps } from './follow-ups.ts';
import { type StopNotices } from './stop-notices.ts';
import { type Change, type SweepChanges } from './sweep-changes.ts';

interface RequestOptions {
  readonly check?: (state: SweepState) => void;
  readonly andThen?: (change: Change) => Promise<void>;
}

export class SweepControl {
  constructor(
    private readonly cache: SweepCache,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly notices: StopNotices,
    private readonly planning: PlanningThreads,
    private readonly followUps: FollowUps,
  ) {}

  /**
   * Removes waiting jobs from the queue. An epoch that is being trained runs to its end but is not recorded in the sweep;
   * with `now`, it stops at its next step. A sweep that has ended is not changed.
   * @throws NotFound; Unavailable when the sweep is cancelled, but its workers were not notified to stop now
   */
  async cancel(sweepId: string, { now }: { now: boolean }): Promise<SweepView> {
    return this.stop(sweepId, 'cancelled', now);
  }

  /** Ends a sweep that cannot continue. A sweep that has ended is not changed. @throws NotFound; Corrupt */
  async fail(sweepId: string, reason: string): Promise<void> {
    const { before, after } = await this.changes.apply(sweepId, { type: 'sweep-failed', reason });
    if (after !== before) await this.removeWaiting(before);
  }

  /**
   * Starts no more epochs of the sweep. An epoch that is being trained runs to its end and is recorded; with `now`, it
   * stops at its next step and keeps a checkpoint.
   * @throws NotFound; Conflict when the sweep is being prepared or has ended; Unavailable when it is paused, but its
   *   workers were not notified to stop now
   */
  async pause(sweepId: string, { now }: { now: boolean }): Promise<SweepView> {
    const { sweep } = (await this.cache.newest(sweepId)).state;
    if (sweep.state !== 'running' && sweep.state !== 'paused')
      throw new Conflict(`sweep ${sweepId} is ${sweep.state}: only one that is running can be paused`);
    return this.stop(sweepId, 'paused', now);
  }

  /** @throws NotFound; Conflict when the sweep has ended */
  async resume(sweepId: string): Promise<SweepView> {
    const { sweep } = (await this.cache.newest(sweepId)).state;
    if (hasEnded(sweep.state)) throw new Conflict(`sweep ${sweepId} is ${sweep.state}: it cannot be resumed`);
    const { after } = await this.request(
      sweepId,
      { type: 'resumed' },
      {
        andThen: ({ after: resumed }) => this.queues.promote(neededFlows(resumed)),
      },
    );
    return sweepViewOf(after);
  }

  /**
   * Continues retryable failed trials from their last committed epoch, and tries a failed score of the whole test set
   * again.
   * @throws NotFound; Conflict
   */
  async retryFailed(sweepId: string): Promise<NotedSweep> {
    const { state } = await this.cache.newest(sweepId);
    if (state.sweep.state === 'cancelled') throw new Conflict(`sweep ${sweepId} is cancelled`);
    if (state.sweep.state === 'failed' && !hasRetries(state)) {
      const { reason = 'no reason known' } = state.sweep;
      throw new Conflict(
        `nothing was retried: sweep ${sweepId} has failed without a trial that could go on (${reason}); once that is mended, clone it`,
      );
    }
    // BullMQ keeps failed jobs, which would make adding them again a no-op.
    for (const { id, epochs } of state.trials.filter(canRetry))
      await this.queues.removeFlow({ type: 'epoch', trialId: id, epoch: epochs.length + 1 });
    await this.forgetFailedScore(sweepId);
    const { before, after } = await this.request(sweepId, { type: 'failed-retried' });
    return withNotes(after, hasRetries(before) ? [] : [nothingToRetry(before.trials)]);
  }

  /**
   * Extends the sweep by more trials, more epochs, another search space or earlier results.
   * @throws NotFound; Conflict; InvalidInput when a range holds a value that is not allowed
   */
  async extend(sweepId: string, extension: SweepExtension): Promise<SweepView> {
    const { state } = await this.cache.newest(sweepId);
    refuseUnready(state);
    const { spec } = state.sweep;
    if (extension.trials !== undefined && extension.trials < spec.trials)
      throw new InvalidInput(`trials: ${extension.trials} is less than the ${spec.trials} of the sweep`);
    if (extension.epochs !== undefined && extension.epochs < spec.epochs)
      throw new InvalidInput(`epochs: ${extension.epochs} is less than the ${spec.epochs} of the sweep`);
    const cosine = state.trials.find(({ config }) => config.hyperparameters.schedule === 'cosine');
    if (extension.epochs !== undefined && extension.epochs > spec.epochs && cosine)
      throw new InvalidInput(
        `epochs: trial ${cosine.number} anneals its rate over ${cosine.config.epochs} epochs (schedule cosine) and cannot go on`,
      );
    requireNetworkOfStart(spec, withoutUndefined(extension));
    const longer = { ...spec, ...withoutUndefined(extension) };
    // Without new parameters the plan is not checked again: an earlier version may have accepted it.
    await this.planning.run(extension.parameters ? 'check' : 'planned', longer);
    const known = state.sweep.earlier?.length ?? 0;
    const earlier = await earlierResults(this.cache, extension.warmStart ?? [], spec, known);
    const event = { type: 'extended' as const, extension, ...earlier };
    await this.forgetFailedScore(sweepId);
    return sweepViewOf((await this.request(sweepId, event)).after);
  }

  /** What trials by hand of the sweep have where they set nothing. @throws NotFound */
  async constants(sweepId: string): Promise<Constants> {
    return constantsOf((await this.cache.newest(sweepId)).state.sweep.spec.parameters);
  }

  /**
   * Adds trials with given settings, which start before the sampler's.
   * @throws NotFound; Conflict; InvalidInput when one needs a joint vocabulary that the sweep's dataset does not have
   */
  async addTrials(sweepId: string, trials: readonly TrialByHand[]): Promise<NotedSweep> {
    const check = (state: SweepState) => {
      refuseUnready(state);
      const { dataset } = state.sweep.spec;
      requireVocabularyFor({ dataset, parameters: {}, trialsByHand: [...trials] });
      requireNetworkOfStart(state.sweep.spec, { trialsByHand: [...trials] });
      const byHand = state.trials.length - state.sweep.asked;
      if (byHand + trials.length > maxTrialsByHand)
        throw new Conflict(
          `trials: ${trials.length} more are too many: sweep ${sweepId} has ${byHand} trials by hand of at most ${maxTrialsByHand}`,
        );
    };
    const { state: current } = await this.cache.newest(sweepId);
    check(current);
    await this.forgetFailedScore(sweepId);
    const event = { type: 'trials-added' as const, trials: [...trials] };
    // Checked again when the event is decided on: other requests may have added trials meanwhile.
    const { before, after } = await this.request(sweepId, event, { check });
    return withNotes(after, await notesOnRepeated(before.trials, trials));
  }

  /** Pins the checkpoint of an epoch, so that retention keeps it, or unpins it. @throws NotFound */
  async pin(trialId: string, epoch: number, pinned: boolean): Promise<TrialView> {
    const sweepId = sweepIdOf(trialId);
    const of = ({ trials }: SweepState): TrialView => {
      const trial = trials.find(({ id }) => id === trialId);
      if (!trial) throw new NotFound(`there is no trial ${trialId}`);
      return trial;
    };
    if (epoch > of((await this.cache.newest(sweepId)).state).epochs.length)
      throw new NotFound(`trial ${trialId} has no committed epoch ${epoch}`);
    return of((await this.request(sweepId, { type: 'pinned', trialId, epoch, pinned })).after);
  }

  private async stop(sweepId: string, because: StopNotice['because'], now: boolean): Promise<SweepView> {
    const { after, isComplete } = await this.request(
      sweepId,
      { type: because },
      {
        andThen: async (change) => {
          if (change.after !== change.before) await this.removeWaiting(change.before);
          if (now) await this.notices.send({ sweepId, because });
        },
      },
    );
    if (now && !isComplete)
      throw new Unavailable(
        `sweep ${sweepId} is ${because}, but its workers could not be notified to stop now; repeat the request, or running epochs run to their end`,
      );
    return sweepViewOf(after);
  }

  /**
   * Applies the event of a request, which has succeeded once it is in the log.
   * @param andThen follows from the change, after all that follows from any change
   * @returns also whether what follows from the change is done already
   */
  private async request(
    sweepId: string,
    event: SweepEvent,
    { check, andThen }: RequestOptions = {},
  ): Promise<Change & { readonly isComplete: boolean }> {
    await this.followUps.requireRedis();
    const { before, after, published } = await this.changes.record(sweepId, event, check);
    const isComplete = await this.followUps.run(sweepId, async () => {
      await published;
      await andThen?.({ before, after });
    });
    return { before, after, isComplete };
  }

  private async removeWaiting(state: SweepState): Promise<void> {
    for (const flow of openFlows(state)) await this.queues.removeFlow(flow);
  }

  /**
   * Call it before a request after which the sweep's score is tried again: BullMQ keeps finished jobs, which would make
   * adding them again a no-op.
   */
  private async forgetFailedScore(sweepId: string): Promise<void> {
    const { best } = (await this.cache.newest(sweepId)).state.sweep;
    if (best?.wholeScore?.state === 'failed') await this.queues.removeFlow({ type: 'score', ...best });
  }
}

function refuseUnready({ sweep }: SweepState): void {
  if (sweep.dataset === undefined)
    throw new Conflict(`sweep ${sweep.id} has no dataset yet: it is ${sweep.state}`);
  if (sweep.state === 'cancelled') throw new Conflict(`sweep ${sweep.id} is cancelled: clone it instead`);
}

function withoutUndefined(extension: SweepExtension) {
  const { trials, epochs, parameters } = extension;
  return {
    ...(trials === undefined ? {} : { trials }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}
