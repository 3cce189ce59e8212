/** What may be wrong in a text that is read as sentence pairs, and who is to know of it. */
import { InvalidInput } from '@honyaku/contracts';

/** What a line may have that keeps its pair from being read. */
export type ProblemKind = 'encoding' | 'nul' | 'column' | 'quotes' | 'json' | 'field';

export interface ReadingProblem {
  readonly kind: ProblemKind;
  /** File, and entry of an archive. */
  readonly name: string;
  /** Counts from 1; absent where the whole file is meant. */
  readonly line?: number;
  /** What is wrong and what is allowed, to follow on name and line. */
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * Is given each problem as it is met. Where it returns, reading goes on without the pair; `refuseProblem` throws.
 */
export type OnProblem = (problem: ReadingProblem) => void;

/** @throws InvalidInput naming file and line */
export function refuseProblem(problem: ReadingProblem): never {
  throw problemError(problem);
}

export function problemError({ name, line, message, cause }: Omit<ReadingProblem, 'kind'>): InvalidInput {
  return new InvalidInput(`${name}${line === undefined ? '' : `, line ${line}`}: ${message}`, { cause });
}

export function invalidLine(name: string, line: number, message: string): InvalidInput {
  return problemError({ name, line, message });
}
