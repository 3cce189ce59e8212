import { Cancelled } from '@honyaku/contracts';
import { exitCodes } from '../exit-codes.ts';
import { say } from '../terminal.ts';
import { watchSweep } from '../watch/watch-sweep.ts';
import { type CommandContext } from './command.ts';

/** `honyaku watch SWEEP`. @returns 0 when the sweep was completed, 1 when it ended otherwise */
export async function watch({ terminal, json, client }: CommandContext, sweepId: string): Promise<number> {
  try {
    const { sweep } = await watchSweep(await client(), sweepId, terminal, { json });
    return sweep.state === 'completed' ? exitCodes.completed : exitCodes.failed;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    say(
      terminal,
      `sweep ${sweepId} goes on: \`honyaku watch ${sweepId}\` follows it again, \`honyaku cancel ${sweepId}\` ends it`,
    );
    return exitCodes.interrupted;
  }
}
