/** Installs the parts of an image that are no npm packages, by the steps of set-up. */
import { bindingStep } from '../setup/binding.ts';
import { sentencePieceStep } from '../setup/python-steps.ts';
import { chooseTensorFlow, tensorFlowStep } from '../setup/tensorflow.ts';

const tensorFlow = await chooseTensorFlow();
for (const step of [tensorFlowStep(tensorFlow), bindingStep(tensorFlow), sentencePieceStep]) {
  process.stdout.write(`${step.announcement}\n`);
  await step.install();
}
