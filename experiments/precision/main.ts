/**
 * `npm run test:precision`: trains the small and the notebook's network in float32 and in bfloat16 from three seeds on
 * real pairs, and compares the held-out perplexities. `-- --network small` takes one of them. Exit code 1 when their
 * mean difference is above 1%, 2 for a wrong option.
 */
import { availableParallelism } from 'node:os';
import { InvalidInput, precisions, type Precision } from '@honyaku/contracts';
import { benchDataset } from '@honyaku/tools/bench/bench-dataset.ts';
import { parsedWords, setExitCode } from '@honyaku/tools/command-line/words.ts';
import { comparisonText, isWithinLimit, limit, meanDifference } from './comparison.ts';
import { type ComparedNetwork, epochs, heldOutPairs, trainPairs } from './network-sizes.ts';
import { trainIn } from './run.ts';

const seeds = [1, 2, 3] as const;
const sizes = ['small', 'notebook'] as const;
const print = (line: string) => process.stdout.write(`${line}\n`);
const report = (line: string) => process.stderr.write(`${line}\n`);

interface Run {
  readonly seed: number;
  readonly precision: Precision;
}

await setExitCode(async (words) => {
  let met = true;
  for (const network of chosenSizes(words)) met = (await compare(network)) && met;
  return met;
});

/** @throws InvalidInput with the networks that there are */
function chosenSizes(words: readonly string[]): readonly ComparedNetwork[] {
  const { network } = parsedWords(words, { network: { type: 'string' } });
  const chosen = sizes.filter((size) => network === undefined || size === network);
  if (chosen.length === 0) throw new InvalidInput(`--network ${network}: choose one of ${sizes.join(', ')}`);
  return chosen;
}

/** Prints the table of a network. @returns whether the mean difference is within the limit */
async function compare(network: ComparedNetwork): Promise<boolean> {
  await benchDataset(network, report);
  print(
    `${network}: ${epochs} epochs of ${trainPairs[network].toLocaleString('en')} Tatoeba pairs, ${heldOutPairs.toLocaleString('en')} held out`,
  );
  const started = performance.now();
  const perplexities = await perplexitiesOf(network);
  const pairs = seeds.map((seed) => ({
    seed,
    float32: perplexities.get(nameOf({ seed, precision: 'float32' })) ?? NaN,
    bfloat16: perplexities.get(nameOf({ seed, precision: 'bfloat16' })) ?? NaN,
  }));
  print(comparisonText(pairs));
  const mean = meanDifference(pairs);
  print(
    `${network}: the mean difference is ${mean.toFixed(2)}%, at most ${limit}% is allowed; ${((performance.now() - started) / 60_000).toFixed(1)} minutes`,
  );
  return isWithinLimit(mean);
}

/** Trains in each precision from each seed, one run on each core: results hang on no number of threads. */
async function perplexitiesOf(network: ComparedNetwork): Promise<ReadonlyMap<string, number>> {
  const waiting: Run[] = seeds.flatMap((seed) => precisions.map((precision) => ({ seed, precision })));
  const perplexities = new Map<string, number>();
  const takeTurns = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { perplexity, updates, seconds } = await trainIn(next.precision, network, next.seed);
      perplexities.set(nameOf(next), perplexity);
      report(
        `${network} in ${nameOf(next)}: perplexity ${perplexity.toFixed(3)} after ${updates} updates, ${seconds.toFixed(0)} s`,
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, takeTurns));
  return perplexities;
}

function nameOf({ seed, precision }: Run): string {
  return `${precision}, seed ${seed}`;
}
