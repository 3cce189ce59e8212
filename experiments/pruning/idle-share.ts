/** The fields of a trial's view that the idle share needs. */
interface TrialTimes {
  readonly number: number;
  readonly epochs: readonly {
    readonly worker: string;
    /** When its evaluation was; ISO 8601. */
    readonly committedAt: string;
    readonly train: { readonly seconds: number };
    readonly heldOut: { readonly seconds: number };
  }[];
}

/**
 * Which share of the workers' time was neither training nor evaluation, from the records. An epoch could have begun
 * when its worker had ended the one before, and its trial had too; until it did begin, the worker was idle. What
 * there was no work for is left out.
 */
export function idleShare(trials: readonly TrialTimes[]): number {
  const epochs = trials
    .flatMap((trial) =>
      trial.epochs.map(({ worker, committedAt, train, heldOut }) => {
        const to = Date.parse(committedAt) / 1000;
        const worked = train.seconds + heldOut.seconds;
        return { trial: trial.number, worker, worked, from: to - worked, to };
      }),
    )
    .sort((one, other) => one.to - other.to);
  const endOfWorker = new Map<string, number>();
  const endOfTrial = new Map<number, number>();
  let worked = 0;
  let idle = 0;
  for (const epoch of epochs) {
    const before = endOfWorker.get(epoch.worker);
    if (before !== undefined) {
      worked += epoch.worked;
      idle += Math.max(0, epoch.from - Math.max(before, endOfTrial.get(epoch.trial) ?? 0));
    }
    endOfWorker.set(epoch.worker, epoch.to);
    endOfTrial.set(epoch.trial, epoch.to);
  }
  return idle / (worked + idle);
}
