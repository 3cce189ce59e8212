/** Who is told of the changes of sweeps: each observer does its own part of a change, and `SweepChanges` knows none of them. */
import { type SweepEvent, type SweepLogEntry } from '@honyaku/contracts';
import { type SweepState } from '@honyaku/sweep-engine';

export interface SweepObserver {
  /** Before an event is decided on; it holds up no other event of the sweep. `state` may be old by then. */
  beforeEvent?(event: SweepEvent, state: SweepState): Promise<void>;
  /** Before an entry is appended with which the sweep ends; another process may append another one instead. */
  beforeEnd?(state: SweepState): Promise<void>;
  /** When an entry is in the log. */
  onEntry?(entry: SweepLogEntry): void;
  /**
   * When the read model is being written: what is sent to Redis before the first `await` comes to it in the order of
   * the changes. There is no state before the first.
   */
  onChange?(before: SweepState | undefined, after: SweepState): Promise<void>;
  /**
   * After an event was decided on and all of the above was done, also when it changed nothing: it comes again when
   * its first delivery was cut off.
   */
  afterEvent?(event: SweepEvent, state: SweepState): Promise<void>;
  /** How long the events of one entry took together, in seconds. */
  onDone?(events: number, seconds: number): void;
}
