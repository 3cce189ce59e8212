/**
 * `npm run test:pruning`: one real sweep without a pruner and one with ASHA, the same eighteen trials, on two
 * workers. Exit code 0 when ASHA's best perplexity is within 1% of the other's for at least 3 times fewer epochs,
 * 1 otherwise. Also prints which share of the workers' time was neither training nor evaluation.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SweepView, messageOf, routes } from '@honyaku/contracts';
import { durationText, perplexityText, startStack, submitSweep, watchSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { parseDocument } from 'yaml';
import { idleShare } from './idle-share.ts';

const furthest = 1.01;
const fewestTimes = 3;
const pruner = { type: 'asha', mode: 'promotion', reductionFactor: 3 };

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const print = (line: string) => process.stdout.write(`${line}\n`);

interface Outcome {
  readonly sweep: SweepView;
  readonly perplexity: number;
}

async function run(client: ApiClient, file: string, interrupted: AbortSignal): Promise<Outcome> {
  const { id } = await submitSweep(client, file, () => undefined);
  const { stderr } = process;
  const { sweep } = await watchSweep(client, id, { output: stderr, messages: stderr, interrupted });
  if (!sweep.best) throw new Error(`${id} has no best trial: ${sweep.reason ?? sweep.state}`);
  const { trials } = await client.call(routes.sweepTrials, { id });
  const seconds = (Date.parse(sweep.endedAt ?? '') - Date.parse(sweep.createdAt)) / 1000;
  print(
    `${sweep.spec.pruner.type}: ${sweep.epochsDone} epochs, best perplexity ${perplexityText(sweep.best.heldOut.perplexity)}` +
      ` (${sweep.best.trialId}, epoch ${sweep.best.epoch}), ${durationText(seconds)}, ${(100 * idleShare(trials)).toFixed(1)}% of the workers' time neither training nor evaluation`,
  );
  return { sweep, perplexity: sweep.best.heldOut.perplexity };
}

async function main(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-pruning-'));
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const stack = await startStack({
    folder,
    fresh: true,
    interrupted: interrupted.signal,
    onEvent: () => undefined,
  });
  const ended = AbortSignal.any([interrupted.signal, stack.lost]);
  try {
    const client = new ApiClient({ url: stack.apiUrl }, ended);
    const all = await run(client, sweepFile, ended);
    const document = parseDocument(await readFile(sweepFile, 'utf8'));
    document.set('pruner', pruner);
    const pruned = join(folder, 'asha.yaml');
    await writeFile(pruned, document.toString());
    const few = await run(client, pruned, ended);
    const ratio = few.perplexity / all.perplexity;
    const times = all.sweep.epochsDone / few.sweep.epochsDone;
    print(
      `ASHA: ${ratio.toFixed(4)} of the perplexity (at most ${furthest}) for ${times.toFixed(2)} times fewer epochs (at least ${fewestTimes})`,
    );
    return ratio <= furthest && times >= fewestTimes;
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
