/**
 * Splits work whose size depends on a request or a stored sweep into slices, between which the event loop handles
 * other events. It suits work of many small steps; a single large step belongs in a planning thread.
 */
import { setImmediate as turn } from 'node:timers/promises';

const sliceMilliseconds = 10;

export class Slices {
  private begun = performance.now();

  /** Await it between two steps: it yields to the event loop when the current slice is used up. */
  async step(): Promise<void> {
    if (performance.now() - this.begun < sliceMilliseconds) return;
    await turn();
    this.begun = performance.now();
  }
}
