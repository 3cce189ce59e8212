/** The preview of a sweep: how much it would train, before anything is spent. */
import { type Preview, type SweepSpec, datasetDigestOf } from '@honyaku/contracts';
import { checkedPlan } from './plan.ts';

/** What sweeps took together on a dataset. */
export interface TrainedBefore {
  readonly dataset: string;
  readonly epochsDone: number;
  readonly workerSeconds: number;
}

/**
 * @param earlier what was trained on the same dataset tells how long an epoch takes
 * @throws InvalidInput naming the hyperparameter whose range holds a value that is not allowed
 */
export function previewOf(spec: SweepSpec, earlier: readonly TrainedBefore[]): Preview {
  const { trials: asked, first, notes } = checkedPlan(spec);
  const byHand = spec.trialsByHand.map(({ hyperparameters }) => hyperparameters);
  const trials = asked + byHand.length;
  const most = trials * spec.epochs;
  const epochs = Math.min(most, spec.budget.epochs ?? most);
  const dataset = datasetDigestOf(spec.corpus.digest, spec.dataset);
  const same = earlier.filter((each) => each.dataset === dataset);
  const done = same.reduce((sum, { epochsDone }) => sum + epochsDone, 0);
  const spent = same.reduce((sum, { workerSeconds }) => sum + workerSeconds, 0);
  const estimate =
    done === 0
      ? {}
      : {
          estimate: {
            workerSeconds: (spent / done) * epochs,
            fromEpochs: done,
          },
        };
  return {
    trials,
    epochs,
    ...estimate,
    settings: [...byHand, ...first],
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
  };
}
