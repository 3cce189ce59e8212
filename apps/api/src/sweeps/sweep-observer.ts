/** The interface by which `SweepChanges` notifies others of a change; each observer does its own part of the change. */
import { type SweepEvent, type SweepLogEntry } from '@honyaku/contracts';
import { type SweepState } from '@honyaku/sweep-engine';

export interface SweepObserver {
  /** Before an event is decided on; it delays no other event of the sweep. `state` may be out of date. */
  beforeEvent?(event: SweepEvent, state: SweepState): Promise<void>;
  /** Before an entry that ends the sweep is appended; another process may append a different one first. */
  beforeEnd?(state: SweepState): Promise<void>;
  /** After an entry was appended to the log. */
  onEntry?(entry: SweepLogEntry): void;
  /**
   * While the read model is written. Redis receives commands that are sent before the first `await` in the order of the
   * changes. `before` is undefined for a new sweep.
   */
  onChange?(before: SweepState | undefined, after: SweepState): Promise<void>;
  /**
   * After the event was decided on and all of the above was done, even if it changed nothing: an event whose first
   * delivery was interrupted is delivered again.
   */
  afterEvent?(event: SweepEvent, state: SweepState): Promise<void>;
  /** After the events of one entry were handled. @param seconds that they took together */
  onDone?(events: number, seconds: number): void;
}
