/**
 * Adds the jobs that the state of a sweep calls for, and removes a score that it no longer calls for. Doing so again
 * changes nothing.
 */
import { TrialRecord, isSameEpoch, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import {
  type Flow,
  type SweepState,
  changedTrials,
  neededFlows,
  openFlows,
  trialRecordOf,
} from '@honyaku/sweep-engine';
import pMap from 'p-map';
import { jobsOfFlow } from '../queues/flow-jobs.ts';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';

const writesAtOnce = 32;

export class EpochFlows {
  constructor(
    private readonly objects: ObjectStore,
    private readonly queues: Queues,
    private readonly cache: SweepCache,
  ) {}

  /** For a sweep whose log is ahead of Redis, whose flows were lost with Redis's tail, or are to run once more. */
  async addMissing(state: SweepState): Promise<void> {
    const needed = neededFlows(state);
    await this.removeOutdated(state.sweep.id, needed);
    await this.add(state, await this.queues.missing(needed));
  }

  /** What is to be trained, or scored, after a change, or after an event that changed nothing. */
  async addBetween(before: SweepState, after: SweepState): Promise<void> {
    // A sweep that is resumed needs the flows of all its running trials, which did not change themselves.
    if (after.sweep.state !== before.sweep.state || after === before) return this.addMissing(after);
    return this.add(after, neededFlows(after, changedTrials(before, after)));
  }

  /** Removes the score of an epoch that is no longer the best: nobody would read it. */
  async removeSuperseded(before: SweepState, after: SweepState): Promise<void> {
    const [score] = openFlows(before, []);
    const { best } = after.sweep;
    if (!score || (best && isSameEpoch(best, score))) return;
    await this.queues.removeFlow(score);
  }

  /**
   * Removes flows that have ended and are needed once more, such as the score of a sweep that failed while it waited for
   * it. A last job completes only after its outcome is in the log: a log that is read afterwards and still calls for the
   * flow calls for another run of it.
   */
  private async removeOutdated(sweepId: string, flows: readonly Flow[]): Promise<void> {
    const ended = await this.queues.completed(flows);
    if (ended.length === 0) return;
    const { state } = await this.cache.newest(sweepId);
    const lastOf = (flow: Flow) => jobsOfFlow(flow).last.id;
    const needed = new Set(neededFlows(state).map(lastOf));
    for (const flow of ended) if (needed.has(lastOf(flow))) await this.queues.removeFlow(flow);
  }

  private async add(state: SweepState, flows: readonly Flow[]): Promise<void> {
    const [priorities] = await Promise.all([
      this.queues.priorities(flows, state.sweep.spec),
      this.storePlans(state, flows),
    ]);
    await this.queues.addFlows(flows, priorities);
  }

  /** The whole plan of a trial is stored before its first job. */
  private async storePlans({ sweep }: SweepState, flows: readonly Flow[]): Promise<void> {
    await pMap(
      flows.filter(({ type, epoch }) => type === 'epoch' && epoch === 1),
      (flow) => {
        const record = toJson(TrialRecord, trialRecordOf(flow, sweep.createdAt));
        return this.objects.putIfAbsent(keys.trialRecord(flow.trialId), record);
      },
      { concurrency: writesAtOnce },
    );
  }
}
