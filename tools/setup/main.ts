/** The part of `npm run setup` that comes after the npm packages: a line for each step, and only what is missing. */
import { installedPaths, messageOf } from '@honyaku/contracts';
import { bindingStep } from './binding.ts';
import { removeLeftovers } from './cache-folder.ts';
import { redisStep } from './redis.ts';
import { seaweedfsStep } from './seaweedfs.ts';
import { sentencePieceStep } from './sentencepiece.ts';
import { type Step } from './step.ts';
import { tatoebaStep } from './tatoeba.ts';
import { chooseTensorFlow, tensorFlowStep } from './tensorflow.ts';

const tensorFlow = await chooseTensorFlow();
const steps: readonly Step[] = [
  tensorFlowStep(tensorFlow),
  bindingStep(tensorFlow),
  redisStep,
  seaweedfsStep,
  sentencePieceStep,
  tatoebaStep,
];

try {
  await removeLeftovers(installedPaths().home);
  const found = await Promise.all(steps.map((step) => step.present()));
  for (const [index, step] of steps.entries()) await carryOut(step, found[index]);
} catch (error) {
  for (
    let cause: unknown = error;
    cause !== undefined;
    cause = cause instanceof Error ? cause.cause : undefined
  )
    print(messageOf(cause));
  process.exitCode = 1;
}

async function carryOut(step: Step, found: string | undefined): Promise<void> {
  if (found !== undefined) return print(`✓ ${step.name}: ${found}`);
  print(`… ${step.announcement}`);
  const started = performance.now();
  await step.install();
  print(`✓ ${step.name}: installed, ${Math.round((performance.now() - started) / 1000)} s`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
