/** The part of `npm run setup` that comes after the npm packages: a line for each step, and only what is missing. */
import { parseArgs } from 'node:util';
import { installedPaths, messageOf } from '@honyaku/contracts';
import { bindingStep } from './binding.ts';
import { kernelsStep } from './kernels.ts';
import { removeLeftovers, installMissing, type Step } from './step.ts';
import {
  ctranslate2Step,
  hadolintStep,
  redisStep,
  seaweedfsStep,
  sentencePieceStep,
} from './python-steps.ts';
import { tatoebaLanguagesStep, tatoebaStep } from './tatoeba.ts';
import { chooseTensorFlow, tensorFlowStep } from './tensorflow.ts';

try {
  await removeLeftovers(installedPaths().home);
  await installMissing(await stepsOf(process.argv.slice(2)), print);
} catch (error) {
  for (
    let cause: unknown = error;
    cause !== undefined;
    cause = cause instanceof Error ? cause.cause : undefined
  )
    print(messageOf(cause));
  process.exitCode = 1;
}

/** @throws TypeError naming an option that there is not */
async function stepsOf(words: readonly string[]): Promise<readonly Step[]> {
  const option = { type: 'boolean', default: false } as const;
  const options = { languages: option, ctranslate2: option, only: option };
  const { languages, ctranslate2, only } = parseArgs({ args: [...words], options }).values;
  const more = [...(languages ? [tatoebaLanguagesStep] : []), ...(ctranslate2 ? [ctranslate2Step] : [])];
  if (only) return more;
  const tensorFlow = await chooseTensorFlow();
  return [
    tensorFlowStep(tensorFlow),
    bindingStep(tensorFlow),
    kernelsStep(tensorFlow),
    redisStep,
    seaweedfsStep,
    sentencePieceStep,
    tatoebaStep,
    hadolintStep,
    ...more,
  ];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
