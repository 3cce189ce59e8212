/** What an image needs beyond npm packages, by the steps of set-up that bring it. */
import { bindingStep } from '../setup/binding.ts';
import { sentencePieceStep } from '../setup/python-steps.ts';
import { chooseTensorFlow, tensorFlowStep } from '../setup/tensorflow.ts';

const tensorFlow = await chooseTensorFlow();
for (const step of [tensorFlowStep(tensorFlow), bindingStep(tensorFlow), sentencePieceStep]) {
  process.stdout.write(`${step.announcement}\n`);
  await step.install();
}
