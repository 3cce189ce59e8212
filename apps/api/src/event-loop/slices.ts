/**
 * Work whose size a request or a stored sweep chooses, cut into slices, between which the event loop goes on with
 * all else. It is for what is made of many small steps; one step that is large goes to a planning thread.
 */
import { setImmediate as turn } from 'node:timers/promises';

const sliceMilliseconds = 10;

export class Slices {
  private begun = performance.now();

  /** To be waited for between two steps: at once while the slice lasts, else after a turn of the event loop. */
  async step(): Promise<void> {
    if (performance.now() - this.begun < sliceMilliseconds) return;
    await turn();
    this.begun = performance.now();
  }
}
