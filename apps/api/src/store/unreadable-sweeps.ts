/** Sweeps that could not be read or taken further when this process last looked, and why. The others go on without them. */
import { Corrupt, NewerVersion, NotFound, type UnreadableSweep, messageOf } from '@honyaku/contracts';
import { type Logger } from 'pino';
import { UnreadableLog } from './sweep-log.ts';

const mostListed = 100;

export class UnreadableSweeps {
  private readonly reasons = new Map<string, string>();
  private readonly withoutLog = new Set<string>();

  constructor(private readonly logger: Logger) {}

  get size(): number {
    return this.reasons.size;
  }

  list(): UnreadableSweep[] {
    return [...this.reasons].map(([sweep, reason]) => ({ sweep, reason }));
  }

  /** As answers hold it: the first hundred, or no field at all. */
  field(): { unreadable?: UnreadableSweep[] } {
    const unreadable = this.list().slice(0, mostListed);
    return unreadable.length === 0 ? {} : { unreadable };
  }

  reasonOf(sweep: string): string | undefined {
    return this.reasons.get(sweep);
  }

  /** Whether the sweep makes no progress until its log is repaired. */
  standsStill(sweep: string): boolean {
    return this.withoutLog.has(sweep);
  }

  /**
   * Logged once for each reason: the next pass finds the same.
   * @returns whether the reason is a new one
   */
  add(sweep: string, error: unknown): boolean {
    const reason = messageOf(error);
    if (this.reasons.get(sweep) === reason) return false;
    this.reasons.set(sweep, reason);
    if (error instanceof UnreadableLog) this.withoutLog.add(sweep);
    else this.withoutLog.delete(sweep);
    this.logger.error({ sweep, reason }, 'a sweep is unreadable and left out');
    return true;
  }

  clear(): void {
    this.reasons.clear();
    this.withoutLog.clear();
  }

  remove(sweep: string): void {
    this.withoutLog.delete(sweep);
    if (this.reasons.delete(sweep)) this.logger.info({ sweep }, 'a sweep is readable again');
  }
}

/** Whether what was thrown is of the one sweep that was read, so that others can go on. */
export function isOfOneSweep(error: unknown): boolean {
  return error instanceof Corrupt || error instanceof NotFound || error instanceof NewerVersion;
}
