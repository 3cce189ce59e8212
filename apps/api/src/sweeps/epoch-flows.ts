/** Adds the jobs that the state of a sweep calls for. Adding them again changes nothing. */
import { TrialRecord, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type Flow, type SweepState, changedTrials, neededFlows, trialRecordOf } from '@honyaku/sweep-engine';
import pMap from 'p-map';
import { type Queues } from '../queues/queues.ts';

const writesAtOnce = 32;

export class EpochFlows {
  constructor(
    private readonly objects: ObjectStore,
    private readonly queues: Queues,
  ) {}

  /** For a sweep whose log is ahead of Redis, or whose flows were lost with Redis's tail. */
  async addMissing(state: SweepState): Promise<void> {
    await this.add(state, await this.queues.missing(neededFlows(state)));
  }

  /** What is to be trained, or scored, after a change, or after an event that changed nothing. */
  async addBetween(before: SweepState, after: SweepState): Promise<void> {
    // A sweep that is resumed needs the flows of all its running trials, which did not change themselves.
    if (after.sweep.state !== before.sweep.state || after === before) return this.addMissing(after);
    return this.add(after, neededFlows(after, changedTrials(before, after)));
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
