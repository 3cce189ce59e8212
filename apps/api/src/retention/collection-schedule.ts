import { type SweepRow, hasEnded } from '@honyaku/sweep-engine';
/** When a sweep's folder is looked through for garbage, beside the one time at its end. */

const runningMilliseconds = 5 * 60_000;
/** A worker that was frozen may come back after the end and die before it has tidied up. */
const endedMilliseconds = 3_600_000;
const forgottenMilliseconds = 24 * 3_600_000;

export class CollectionSchedule {
  private readonly last = new Map<string, number>();

  /** Whether it is time; asked again at once it is not. @param now milliseconds */
  isDue({ id, state, endedAt }: SweepRow, now: number): boolean {
    const ended = hasEnded(state);
    if (ended && now - Date.parse(endedAt ?? '') > forgottenMilliseconds) {
      this.last.delete(id);
      return false;
    }
    const since = now - (this.last.get(id) ?? 0);
    if (state === 'preparing' || since < (ended ? endedMilliseconds : runningMilliseconds)) return false;
    this.last.set(id, now);
    return true;
  }
}
