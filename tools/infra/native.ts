/** Installs the parts of an image that are no npm packages, by the steps of set-up. */
import { bindingStep } from '../setup/binding.ts';
import { kernelsStep } from '../setup/kernels.ts';
import { sentencePieceStep } from '../setup/python-steps.ts';
import { chooseTensorFlow, tensorFlowStep } from '../setup/tensorflow.ts';

const tensorFlow = await chooseTensorFlow();
const compiled = [bindingStep(tensorFlow), kernelsStep(tensorFlow)];
for (const step of [tensorFlowStep(tensorFlow), ...compiled, sentencePieceStep]) {
  process.stdout.write(`${step.announcement}\n`);
  await step.install();
}
