/** Sweeps in Redis, for those who look. What is written is only ever replaced by what came after it. */
import { readFileSync } from 'node:fs';
import {
  Corrupt,
  NotFound,
  type RedisNames,
  TrialView,
  fromJson,
  redisNames,
  trialNumberOf,
} from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import {
  SweepRow,
  type SweepState,
  changedFields,
  stateFromFields,
  trialField,
  trialIdOfField,
} from './sweep-state.ts';

const writeState = readFileSync(new URL('./write-state.lua', import.meta.url), 'utf8');

export class SweepStore {
  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames = redisNames(),
  ) {}

  /** The whole state and the number of the last log entry in it. */
  async load(id: string): Promise<{ readonly sequence: number; readonly state: SweepState } | undefined> {
    const fields = await this.redis.hgetall(this.names.sweep(id));
    if (fields['sequence'] === undefined) return undefined;
    return { sequence: Number(fields['sequence']), state: stateFromFields(fields, this.names.sweep(id)) };
  }

  /** @throws NotFound */
  async state(id: string): Promise<SweepState> {
    const loaded = await this.load(id);
    if (!loaded) throw new NotFound(`there is no sweep ${id}`);
    return loaded.state;
  }

  /**
   * Each trial's row as JSON in wire form, by number: thousands of rows need not be read, nor even become
   * strings, to be sent. @throws NotFound
   */
  async trialTexts(id: string): Promise<Buffer[]> {
    const fields = await this.redis.hgetallBuffer(this.names.sweep(id));
    if (fields['sweep'] === undefined) throw new NotFound(`there is no sweep ${id}`);
    return Object.entries(fields)
      .flatMap(([field, text]) => {
        const trialId = trialIdOfField(field);
        return trialId === undefined ? [] : [{ number: trialNumberOf(trialId), text }];
      })
      .sort((a, b) => a.number - b.number)
      .map(({ text }) => text);
  }

  /** The sweep's own row, without its trials. @throws NotFound */
  async row(id: string): Promise<SweepRow> {
    const text = await this.redis.hget(this.names.sweep(id), 'sweep');
    if (text === null) throw new NotFound(`there is no sweep ${id}`);
    return fromJson(SweepRow, text, this.names.sweep(id));
  }

  /** One trial's row alone. @throws NotFound */
  async trial(sweepId: string, trialId: string): Promise<TrialView> {
    const text = await this.redis.hget(this.names.sweep(sweepId), trialField(trialId));
    if (text === null) throw new NotFound(`there is no trial ${trialId}`);
    return fromJson(TrialView, text, `${this.names.sweep(sweepId)} ${trialId}`);
  }

  /** Of the last log entry in what is stored; -1 when nothing is. */
  async sequence(id: string): Promise<number> {
    const [sequence = -1] = await this.sequences([id]);
    return sequence;
  }

  /** The same for many sweeps, in one turn. */
  async sequences(ids: readonly string[]): Promise<number[]> {
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hget(this.names.sweep(id), 'sequence');
    return ((await pipeline.exec()) ?? []).map(([error, sequence]) => {
      if (error) throw error;
      return Number(sequence ?? -1);
    });
  }

  /** Ids of all sweeps, the newest first. */
  ids(): Promise<string[]> {
    return this.redis.zrevrange(this.names.sweepIndex, 0, -1);
  }

  /** All sweeps, the newest first, but those whose rows cannot be read: one of them must not hide the others. */
  async list(): Promise<SweepRow[]> {
    return (await this.rows()).flatMap(({ row }) => (row ? [row] : []));
  }

  /** Ids of all sweeps, the newest first, with their rows as far as they can be read. */
  async rows(): Promise<{ readonly id: string; readonly row: SweepRow | undefined }[]> {
    return Promise.all((await this.ids()).map(async (id) => ({ id, row: await this.readableRow(id) })));
  }

  /** The sweep's own row, or undefined when it is not there or cannot be read. */
  async readableRow(id: string): Promise<SweepRow | undefined> {
    return this.row(id).catch((error: unknown) => {
      if (error instanceof NotFound || error instanceof Corrupt) return undefined;
      throw error;
    });
  }

  /**
   * Writes what changed between two log entries, or everything when Redis does not have the state before.
   * Nothing is written over a newer state.
   */
  async write(
    after: { readonly sequence: number; readonly state: SweepState },
    before?: { readonly sequence: number; readonly state: SweepState },
  ): Promise<void> {
    if (before && (await this.run(after, before)) === 1) return;
    await this.run(after, undefined);
  }

  /** Writes the whole state over whatever is there. */
  async replace(known: { readonly sequence: number; readonly state: SweepState }): Promise<void> {
    await this.redis.del(this.names.sweep(known.state.sweep.id));
    await this.write(known);
  }

  private run(
    after: { readonly sequence: number; readonly state: SweepState },
    before: { readonly sequence: number; readonly state: SweepState } | undefined,
  ): Promise<unknown> {
    const { id, createdAt } = after.state.sweep;
    return this.redis.eval(
      writeState,
      2,
      this.names.sweep(id),
      this.names.sweepIndex,
      after.sequence,
      before?.sequence ?? -1,
      id,
      Date.parse(createdAt),
      ...changedFields(before?.state, after.state),
    );
  }
}
