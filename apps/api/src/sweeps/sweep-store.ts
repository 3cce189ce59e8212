/** Sweeps in Redis. Every change is a compare-and-set of the sweep's version, so decisions happen one at a time. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, NotFound, TrialView, fromJson } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { SweepRow, type SweepState, changedFields, stateFromFields, trialField } from './sweep-state.ts';

const indexKey = 'honyaku:sweeps';
const keyOf = (id: string) => `honyaku:sweep:${id}`;
const compareAndSet = readFileSync(new URL('./compare-and-set.lua', import.meta.url), 'utf8');

/** Ten handlers of one process and those of other replicas may meet at one sweep. */
const maxTries = 100;

export class SweepStore {
  constructor(private readonly redis: Redis) {}

  /** @throws Conflict when a sweep of this id exists */
  async create(state: SweepState): Promise<void> {
    if (!(await this.write(0, undefined, state)))
      throw new Conflict(`sweep ${state.sweep.id} exists already`);
  }

  /** @throws NotFound */
  async load(id: string): Promise<SweepState> {
    return (await this.read(id)).state;
  }

  /** The sweep's own row, without its trials. @throws NotFound */
  async row(id: string): Promise<SweepRow> {
    const text = await this.redis.hget(keyOf(id), 'sweep');
    if (text === null) throw new NotFound(`there is no sweep ${id}`);
    return fromJson(SweepRow, text, keyOf(id));
  }

  /** One trial's row alone. @throws NotFound */
  async trial(sweepId: string, trialId: string): Promise<TrialView> {
    const text = await this.redis.hget(keyOf(sweepId), trialField(trialId));
    if (text === null) throw new NotFound(`there is no trial ${trialId}`);
    return fromJson(TrialView, text, `${keyOf(sweepId)} ${trialId}`);
  }

  /** All sweeps, the newest first. */
  async list(): Promise<SweepRow[]> {
    const ids = await this.redis.zrevrange(indexKey, 0, -1);
    return Promise.all(ids.map((id) => this.row(id)));
  }

  /**
   * Applies `change` to the newest state and stores what it returns; runs it again when somebody else
   * was first. Nothing is written when it returns the state it was given.
   * @throws Conflict when others were first each time; NotFound
   */
  async update<Outcome extends { readonly state: SweepState }>(
    id: string,
    change: (state: SweepState) => Outcome,
  ): Promise<{ readonly before: SweepState; readonly outcome: Outcome }> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const { version, state: before } = await this.read(id);
      const outcome = change(before);
      if (outcome.state === before || (await this.write(version, before, outcome.state)))
        return { before, outcome };
      await delay(Math.random() * Math.min(5 * (tries + 1), 100));
    }
    throw new Conflict(`sweep ${id} changed ${maxTries} times while a change to it was under way`);
  }

  private async read(id: string): Promise<{ version: number; state: SweepState }> {
    const fields = await this.redis.hgetall(keyOf(id));
    if (fields['version'] === undefined) throw new NotFound(`there is no sweep ${id}`);
    return { version: Number(fields['version']), state: stateFromFields(fields, keyOf(id)) };
  }

  private async write(version: number, before: SweepState | undefined, after: SweepState): Promise<boolean> {
    const { id, createdAt } = after.sweep;
    const fields = changedFields(before, after);
    const answer = await this.redis.eval(
      compareAndSet,
      2,
      keyOf(id),
      indexKey,
      version,
      id,
      Date.parse(createdAt),
      ...fields,
    );
    return answer !== -1;
  }
}
