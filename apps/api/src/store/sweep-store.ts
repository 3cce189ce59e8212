/** The read model of sweeps in Redis. A state is only ever replaced by a later one. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Corrupt,
  NewerVersion,
  NotFound,
  type RedisNames,
  TrialView,
  fromJson,
  redisNames,
  trialNumberOf,
} from '@honyaku/contracts';
import { type LoggedSweep, SweepRow, type SweepState, changedTrials } from '@honyaku/sweep-engine';
import { type Redis } from 'ioredis';
import { Slices } from '../event-loop/slices.ts';
import { type UnreadableSweeps } from './unreadable-sweeps.ts';
import { changedFields, stateFromFields, trialField, trialIdOfField } from './sweep-fields.ts';

const writeState = readFileSync(new URL('./write-state.lua', import.meta.url), 'utf8');

/** In place of the number of the log entry that a change was made from: see write-state.lua. */
const wholeState = -1;
const inPlaceOfAll = -2;

const rowsAtOnce = 32;
/** A change of more is stored in parts first: one command of ten thousand would be tens of megabytes. */
const trialsInACall = 100;
/** Of a process that died in between. */
const keepPartSeconds = 600;

export interface IdAndRow {
  readonly id: string;
  readonly row: SweepRow | undefined;
  /** Why there is none: the row is damaged, or a later version's. */
  readonly unreadable?: Corrupt | NewerVersion;
}

export class SweepStore {
  /** Sweeps of which a trial's row was seen that no version can have written. */
  private readonly damaged = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames = redisNames(),
    private readonly unreadable?: Pick<UnreadableSweeps, 'reasonOf'>,
  ) {}

  /** The whole state and the number of the last log entry in it. @throws Corrupt; NewerVersion */
  async load(id: string): Promise<LoggedSweep | undefined> {
    const fields = await this.hash(id, (key) => this.redis.hgetall(key));
    if (fields['sequence'] === undefined) return undefined;
    const sequence = Number(fields['sequence']);
    if (!Number.isSafeInteger(sequence))
      throw new Corrupt(`${this.names.sweep(id)} has no number of a log entry but ${fields['sequence']}`);
    return { sequence, state: await stateFromFields(fields, this.names.sweep(id)) };
  }

  /** @throws NotFound */
  async state(id: string): Promise<SweepState> {
    const loaded = await this.load(id);
    if (!loaded) throw this.missing(id);
    return loaded.state;
  }

  /**
   * Each trial's row as JSON in wire form, by number: thousands of rows need not be read, nor even become
   * strings, to be sent. One that is no JSON object by its looks is left out: it would spoil the list of all.
   * @throws NotFound
   */
  async trialTexts(id: string): Promise<Buffer[]> {
    const fields = await this.hash(id, (key) => this.redis.hgetallBuffer(key));
    if (fields['sweep'] === undefined) throw this.missing(id);
    return Object.entries(fields)
      .flatMap(([field, text]) => {
        const trialId = trialIdOfField(field);
        if (trialId === undefined) return [];
        if (isObject(text)) return [{ number: trialNumberOf(trialId), text }];
        this.damaged.add(id);
        return [];
      })
      .sort((a, b) => a.number - b.number)
      .map(({ text }) => text);
  }

  /** The sweep's own row, without its trials. @throws NotFound; Corrupt; NewerVersion */
  async row(id: string): Promise<SweepRow> {
    const text = await this.hash(id, (key) => this.redis.hget(key, 'sweep'));
    if (text === null) throw this.missing(id);
    return fromJson(SweepRow, text, this.names.sweep(id));
  }

  /** One trial's row alone. @throws NotFound; Corrupt; NewerVersion */
  async trial(sweepId: string, trialId: string): Promise<TrialView> {
    const text = await this.hash(sweepId, (key) => this.redis.hget(key, trialField(trialId)));
    if (text === null) throw this.missing(sweepId, `there is no trial ${trialId}`);
    try {
      return fromJson(TrialView, text, `${this.names.sweep(sweepId)} ${trialId}`);
    } catch (error) {
      if (error instanceof Corrupt) this.damaged.add(sweepId);
      throw error;
    }
  }

  /** A sweep that the bucket has in a form that cannot be read is not one that never was. */
  private missing(id: string, text = `there is no sweep ${id}`): Corrupt | NotFound {
    const reason = this.unreadable?.reasonOf(id);
    return reason === undefined ? new NotFound(text) : new Corrupt(`sweep ${id} cannot be read: ${reason}`);
  }

  /** Whether a damaged row of one of the sweep's trials was met since it was last written as a whole. */
  isDamaged(id: string): boolean {
    return this.damaged.has(id);
  }

  /** Of the last log entry in what is stored; -1 when nothing is. */
  async sequence(id: string): Promise<number> {
    const [sequence = -1] = await this.sequences([id]);
    return sequence;
  }

  /** The same for many sweeps, in one turn. */
  async sequences(ids: readonly string[]): Promise<number[]> {
    return (await this.fieldOf(ids, 'sequence')).map((sequence) => Number(sequence ?? -1));
  }

  /** Ids of all sweeps, the newest first. */
  ids(): Promise<string[]> {
    return this.redis.zrevrange(this.names.sweepIndex, 0, -1);
  }

  /** Ids of all sweeps, the newest first, with their rows as far as they can be read. */
  async *rows(): AsyncGenerator<IdAndRow> {
    yield* this.rowsOf(await this.ids());
  }

  /** The same of some sweeps, in slices: a row may hold a thousand trials by hand, and there may be thousands of rows. */
  async *rowsOf(ids: readonly string[]): AsyncGenerator<IdAndRow> {
    const slices = new Slices();
    for (let from = 0; from < ids.length; from += rowsAtOnce) {
      const some = ids.slice(from, from + rowsAtOnce);
      const texts = await this.fieldOf(some, 'sweep');
      for (const [index, id] of some.entries()) {
        yield { id, ...this.readable(id, texts[index]) };
        await slices.step();
      }
    }
  }

  /** The sweep's own row, or undefined when it is not there or cannot be read. */
  async readableRow(id: string): Promise<SweepRow | undefined> {
    const [text] = await this.fieldOf([id], 'sweep');
    return this.readable(id, text).row;
  }

  /**
   * Writes what changed between two log entries, or everything when Redis does not have the state before.
   * Nothing is written over a newer state.
   */
  async write(after: LoggedSweep, before?: LoggedSweep): Promise<void> {
    if (before && (await this.run(after, before.sequence, before.state)) === 1) return;
    await this.run(after, wholeState);
  }

  /** Writes the whole state over whatever is there. */
  async replace(known: LoggedSweep): Promise<void> {
    await this.run(known, inPlaceOfAll);
    this.damaged.delete(known.state.sweep.id);
  }

  /** What is small is sent before this returns: its order is that of the calls. */
  private async run(after: LoggedSweep, from: number, before?: SweepState): Promise<unknown> {
    const { id, createdAt } = after.state.sweep;
    const isLarge = changedTrials(before, after.state).length > trialsInACall;
    const parts = isLarge ? [await this.storedPart(after.state, before)] : [];
    const fields = isLarge ? [] : [...changedFields(before, after.state)].flat();
    const keys = [this.names.sweep(id), this.names.sweepIndex, ...parts];
    return this.redis.eval(
      writeState,
      keys.length,
      ...keys,
      after.sequence,
      from,
      id,
      Date.parse(createdAt),
      ...fields,
    );
  }

  /** Stores the fields of a large change in slices. @returns the key of the hash that has them all */
  private async storedPart(after: SweepState, before: SweepState | undefined): Promise<string> {
    const key = this.names.sweepPart(after.sweep.id, randomUUID());
    const slices = new Slices();
    let fields: string[] = [];
    const store = async () => {
      await this.redis.hset(key, ...fields);
      await this.redis.expire(key, keepPartSeconds);
      fields = [];
    };
    for (const field of changedFields(before, after)) {
      fields.push(...field);
      if (fields.length >= 2 * trialsInACall) await store();
      await slices.step();
    }
    if (fields.length > 0) await store();
    return key;
  }

  /** Reads from a sweep's hash. @throws Corrupt when there is something else in its place */
  private async hash<Reply>(id: string, read: (key: string) => Promise<Reply>): Promise<Reply> {
    const key = this.names.sweep(id);
    return read(key).catch((cause: unknown) => {
      throw isOtherType(cause) ? new Corrupt(`${key} is no hash`, { cause }) : cause;
    });
  }

  /** One field of each sweep's hash; null where there is none, or something else in the hash's place. */
  private async fieldOf(ids: readonly string[], field: string): Promise<(string | null)[]> {
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hget(this.names.sweep(id), field);
    return ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error && !isOtherType(error)) throw error;
      return typeof value === 'string' ? value : null;
    });
  }

  private readable(id: string, text: string | null | undefined): Omit<IdAndRow, 'id'> {
    if (text === null || text === undefined) return { row: undefined };
    try {
      return { row: fromJson(SweepRow, text, this.names.sweep(id)) };
    } catch (error) {
      if (error instanceof Corrupt || error instanceof NewerVersion)
        return { row: undefined, unreadable: error };
      throw error;
    }
  }
}

const [opening, closing] = ['{', '}'].map((brace) => brace.charCodeAt(0));

function isObject(text: Buffer): boolean {
  return text.at(0) === opening && text.at(-1) === closing;
}

/** Redis refuses a command that the type of the key's value does not have. */
function isOtherType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}
