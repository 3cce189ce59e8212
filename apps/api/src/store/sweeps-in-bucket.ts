/** The sweeps that lie in the bucket. */
import { SweepId } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';

/** Ids of all folders that may be sweeps. */
export async function* sweepsInBucket(objects: ObjectStore): AsyncGenerator<string> {
  for await (const folder of objects.folders('sweeps/')) if (SweepId.safeParse(folder).success) yield folder;
}

/** Whether the folder of a sweep without a record holds no more than the file of a submission that was broken off. */
export async function isBrokenOffSubmission(objects: ObjectStore, id: string): Promise<boolean> {
  for await (const { key } of objects.list(`${keys.sweepFolder(id)}/`))
    if (key !== keys.sweepYaml(id)) return false;
  return true;
}
