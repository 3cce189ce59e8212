/** One thing that the set-up brings. */
export interface Step {
  readonly name: string;
  /** What `install` is about to do, with its size. */
  readonly announcement: string;
  /** Says in a few words what is there, or undefined when something is missing. Quick and without effects. */
  present(): Promise<string | undefined>;
  /** Brings it. Publishes only what is complete, so it may be interrupted anywhere. */
  install(): Promise<void>;
}
