/** The statements of a laboratory: a line for each, with whether it held. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@honyaku/contracts';

export class Report {
  private held = 0;
  private broken = 0;

  constructor(readonly print: (line: string) => void) {}

  /** @param detail what was seen */
  check(statement: string, holds: boolean, detail = ''): void {
    if (holds) this.held += 1;
    else this.broken += 1;
    this.print(`${holds ? '✓' : '✗'} ${statement}${detail === '' ? '' : ` (${detail})`}`);
  }

  /** It holds when the work ends without an error; the work's result is printed. */
  async attempt(statement: string, work: () => Promise<string>): Promise<void> {
    try {
      this.check(statement, true, await work());
    } catch (error) {
      this.check(statement, false, messageOf(error));
    }
  }

  /** A measurement, without a judgement. */
  measured(what: string, seconds: number): void {
    this.print(`  ${what}: ${seconds.toFixed(1)} s`);
  }

  get allHeld(): boolean {
    return this.broken === 0;
  }

  get summary(): string {
    const total = this.held + this.broken;
    return this.broken === 0
      ? `all ${total} statements held`
      : `${this.broken} of ${total} statements did not hold`;
  }
}

/**
 * Runs a laboratory in a folder, which stays with its logs when a statement did not hold.
 * @returns whether all statements held
 */
export async function laboratory(
  name: string,
  print: (line: string) => void,
  run: (folder: string, report: Report) => Promise<void>,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), `honyaku-${name}-`));
  const report = new Report(print);
  const started = performance.now();
  try {
    await run(folder, report);
  } catch (error) {
    report.check('the laboratory ran to its end', false, messageOf(error));
  }
  print(`${report.summary}, in ${Math.round((performance.now() - started) / 1000)} s`);
  if (report.allHeld) await rm(folder, { recursive: true, force: true });
  else print(`logs: ${folder}`);
  return report.allHeld;
}
