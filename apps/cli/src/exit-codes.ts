/** The one place where errors become exit codes. */
import { type ErrorKind, kindOf } from '@honyaku/contracts';

export const exitCodes = { completed: 0, failed: 1, badUsage: 2, unavailable: 3, interrupted: 130 } as const;

const codeOfKind: Record<ErrorKind, number> = {
  InvalidInput: exitCodes.badUsage,
  NotFound: exitCodes.failed,
  Conflict: exitCodes.failed,
  Unavailable: exitCodes.unavailable,
  Corrupt: exitCodes.failed,
  OutOfMemory: exitCodes.failed,
  Cancelled: exitCodes.interrupted,
  Bug: exitCodes.failed,
};

export function exitCodeOf(error: unknown): number {
  return codeOfKind[kindOf(error)];
}
