/** The part of `npm run setup` that comes after the npm packages: a line for each step, and only what is missing. */
import { installedPaths, messageOf } from '@honyaku/contracts';
import { bindingStep } from './binding.ts';
import { kernelsStep } from './kernels.ts';
import { removeLeftovers, installMissing, type Step } from './step.ts';
import { hadolintStep, redisStep, seaweedfsStep, sentencePieceStep } from './python-steps.ts';
import { tatoebaLanguagesStep, tatoebaStep } from './tatoeba.ts';
import { chooseTensorFlow, tensorFlowStep } from './tensorflow.ts';

const tensorFlow = await chooseTensorFlow();
const steps: readonly Step[] = [
  tensorFlowStep(tensorFlow),
  bindingStep(tensorFlow),
  kernelsStep(tensorFlow),
  redisStep,
  seaweedfsStep,
  sentencePieceStep,
  tatoebaStep,
  ...(process.argv.includes('--languages') ? [tatoebaLanguagesStep] : []),
  hadolintStep,
];

try {
  await removeLeftovers(installedPaths().home);
  await installMissing(steps, print);
} catch (error) {
  for (
    let cause: unknown = error;
    cause !== undefined;
    cause = cause instanceof Error ? cause.cause : undefined
  )
    print(messageOf(cause));
  process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
