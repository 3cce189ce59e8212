/**
 * The record of a new sweep: the first that is written of it, and its commit point. What a process that dies leaves
 * behind is a sweep that the reconciliation begins, or nothing.
 */
import { randomBytes } from 'node:crypto';
import { SweepRecord, type SweepSpec, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';

const draw = () => randomBytes(8).toString('hex');

/**
 * @param drawn what makes the ids of sweeps of one name differ; drawn anew where the id is taken
 * @returns the sweep's id
 */
export async function recordSweep(objects: ObjectStore, spec: SweepSpec, drawn = draw): Promise<string> {
  const createdAt = new Date().toISOString();
  for (;;) {
    const id = `${spec.name}-${drawn()}`;
    const record = toJson(SweepRecord, { id, spec, createdAt });
    if ((await objects.putIfAbsent(keys.sweepRecord(id), record)) === 'created') return id;
  }
}
