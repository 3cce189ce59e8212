/** What people ask of a sweep under way. Each request is safe to repeat. */
import {
  Conflict,
  InvalidInput,
  NotFound,
  StopNotice,
  type SweepExtension,
  type SweepView,
  type TrialByHand,
  type TrialView,
  advanceJob,
  mostTrialsByHand,
  sweepIdOf,
  toJson,
} from '@honyaku/contracts';
import {
  type SweepState,
  canRetry,
  hasEnded,
  neededFlows,
  openFlows,
  sweepViewOf,
} from '@honyaku/sweep-engine';
import { type Redis } from 'ioredis';
import { type PlanningThreads } from '../planning/planning-threads.ts';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { earlierResults } from './warm-start.ts';
import { type SweepChanges } from './sweep-changes.ts';

/** Notifies the workers of a sweep that they have to stop at their next step. */
export class StopNotices {
  constructor(
    private readonly redis: Redis,
    private readonly channel: string,
  ) {}

  async send(notice: StopNotice): Promise<void> {
    await this.redis.publish(this.channel, toJson(StopNotice, notice));
  }
}

export class SweepControl {
  constructor(
    private readonly cache: SweepCache,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly notices: StopNotices,
    private readonly planning: PlanningThreads,
  ) {}

  /**
   * What waits is removed from the queue. An epoch that a worker is at runs to its end and is not recorded in
   * the sweep, or is given up at its next step when `now` is set. A sweep that has ended stays as it is.
   * @throws NotFound
   */
  async cancel(sweepId: string, { now }: { now: boolean }): Promise<SweepView> {
    const { before, after } = await this.changes.apply(sweepId, { type: 'cancelled' });
    if (after !== before) await this.removeWaiting(before);
    if (now) await this.notices.send({ sweepId, because: 'cancelled' });
    return sweepViewOf(after);
  }

  /** Ends a sweep that cannot go on, with the reason. One that has ended stays as it is. @throws NotFound; Corrupt */
  async fail(sweepId: string, reason: string): Promise<void> {
    const { before, after } = await this.changes.apply(sweepId, { type: 'sweep-failed', reason });
    if (after !== before) await this.removeWaiting(before);
  }

  /**
   * Nothing of the sweep starts any more. An epoch that a worker is at runs to its end and is recorded, or is
   * kept at its step when `now` is set.
   * @throws NotFound; Conflict when the sweep is being prepared or has ended
   */
  async pause(sweepId: string, { now }: { now: boolean }): Promise<SweepView> {
    const { sweep } = (await this.cache.newest(sweepId)).state;
    if (sweep.state !== 'running' && sweep.state !== 'paused')
      throw new Conflict(`sweep ${sweepId} is ${sweep.state}: only one that is running can be paused`);
    const { before, after } = await this.changes.apply(sweepId, { type: 'paused' });
    if (after !== before) await this.removeWaiting(before);
    if (now) await this.notices.send({ sweepId, because: 'paused' });
    return sweepViewOf(after);
  }

  /** @throws NotFound; Conflict when the sweep has ended */
  async resume(sweepId: string): Promise<SweepView> {
    const { sweep } = (await this.cache.newest(sweepId)).state;
    if (hasEnded(sweep.state)) throw new Conflict(`sweep ${sweepId} is ${sweep.state}: it cannot be resumed`);
    const { after } = await this.changes.apply(sweepId, { type: 'resumed' });
    await this.queues.promote(neededFlows(after));
    return sweepViewOf(after);
  }

  /** Trials that failed by an accident go on from their last committed epoch. @throws NotFound; Conflict */
  async retryFailed(sweepId: string): Promise<SweepView> {
    const { state } = await this.cache.newest(sweepId);
    if (state.sweep.state === 'cancelled') throw new Conflict(`sweep ${sweepId} is cancelled`);
    // A failed job that is kept would make adding it again a no-op.
    for (const { id, epochs } of state.trials.filter(canRetry))
      await this.queues.removeFlow(advanceJob.id({ trialId: id, epoch: epochs.length + 1 }));
    return sweepViewOf((await this.changes.apply(sweepId, { type: 'failed-retried' })).after);
  }

  /**
   * More trials, more epochs, or another space for the trials to come.
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
    const longer = { ...spec, ...withoutUndefined(extension) };
    // What the sweep has already was taken when it was submitted, perhaps by an earlier version.
    await this.planning.run(extension.parameters ? 'check' : 'planned', longer);
    const known = state.sweep.earlier?.length ?? 0;
    const earlier = await earlierResults(this.cache, extension.warmStart ?? [], spec, known);
    const event = { type: 'extended' as const, extension, ...earlier };
    return sweepViewOf((await this.changes.apply(sweepId, event)).after);
  }

  /** Trials with settings that a person chose; they start before those of the sampler. @throws NotFound; Conflict */
  async addTrials(sweepId: string, trials: readonly TrialByHand[]): Promise<SweepView> {
    const check = (state: SweepState) => {
      refuseUnready(state);
      const byHand = state.trials.length - state.sweep.asked;
      if (byHand + trials.length > mostTrialsByHand)
        throw new Conflict(
          `trials: ${trials.length} more are too many: sweep ${sweepId} has ${byHand} trials by hand of at most ${mostTrialsByHand}`,
        );
    };
    check((await this.cache.newest(sweepId)).state);
    const event = { type: 'trials-added' as const, trials: [...trials] };
    // Looked at again where it is decided: other requests may have added theirs meanwhile.
    return sweepViewOf((await this.changes.apply(sweepId, event, check)).after);
  }

  /** Has retention leave the checkpoint of an epoch alone, or no longer. @throws NotFound */
  async pin(trialId: string, epoch: number, pinned: boolean): Promise<TrialView> {
    const sweepId = sweepIdOf(trialId);
    const of = ({ trials }: SweepState): TrialView => {
      const trial = trials.find(({ id }) => id === trialId);
      if (!trial) throw new NotFound(`there is no trial ${trialId}`);
      return trial;
    };
    if (epoch > of((await this.cache.newest(sweepId)).state).epochs.length)
      throw new NotFound(`trial ${trialId} has no committed epoch ${epoch}`);
    return of((await this.changes.apply(sweepId, { type: 'pinned', trialId, epoch, pinned })).after);
  }

  private async removeWaiting({ trials }: SweepState): Promise<void> {
    for (const flow of openFlows(trials)) await this.queues.removeFlow(advanceJob.id(flow));
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
