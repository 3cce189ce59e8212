/** `npm run golden -- DIR`: how far the network is from the PyTorch reference's numbers in a folder. */
import { resolve } from 'node:path';
import { HonyakuError } from '@honyaku/contracts';
import { beyondTolerance, compareWithGolden, goldenKinds, goldenTolerances } from '@honyaku/model';

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main([folder, ...rest]: readonly string[]): Promise<number> {
  if (folder === undefined || rest.length > 0) {
    print('usage: npm run golden -- DIR   (DIR holds golden.safetensors and golden.json)');
    return 2;
  }
  const differences = await compareWithGolden(resolve(folder));
  const beyond = beyondTolerance(differences);
  for (const kind of goldenKinds) {
    const difference = differences[kind];
    if (difference === undefined) continue;
    const verdict = beyond.includes(kind) ? 'BEYOND' : 'within';
    const value = difference.toExponential(2);
    print(`${kind.padEnd(10)} ${value.padStart(10)}   ${verdict} ${goldenTolerances[kind]}`);
  }
  return beyond.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof HonyakuError)) throw error;
  print(error.message);
  process.exitCode = 2;
}
