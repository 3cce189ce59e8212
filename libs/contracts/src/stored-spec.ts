/** A sweep as it is stored and as it is submitted: the absence of a setting means another thing in each. */
import { submittedDataset } from './dataset.ts';
import { storedDecoding, submittedDecoding } from './decoding.ts';
import { storedDatasetOf } from './sweep-networks.ts';
import { type SweepSpec, storedRuntime, submittedRuntime } from './sweep-spec.ts';

/** What is stored for a sweep that a person submits: its own settings and the present defaults of the others. */
export function storedSpec({ decoding: submitted, ...spec }: SweepSpec): SweepSpec {
  const decoding = storedDecoding(submitted);
  return {
    ...spec,
    dataset: storedDatasetOf(spec),
    runtime: storedRuntime(spec.runtime),
    ...(decoding ? { decoding } : {}),
  };
}

/** The settings of a stored sweep whose absence has a meaning, named, so that they mean the same when submitted again. */
export function submittedSettings({
  dataset,
  runtime,
  decoding,
}: Pick<SweepSpec, 'dataset' | 'runtime' | 'decoding'>): Required<
  Pick<SweepSpec, 'dataset' | 'runtime' | 'decoding'>
> {
  return {
    dataset: submittedDataset(dataset),
    runtime: submittedRuntime(runtime),
    decoding: submittedDecoding(decoding),
  };
}
