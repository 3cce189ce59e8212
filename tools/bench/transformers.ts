import { installMissing } from '../setup/step.ts';
import { transformersFolder, transformersStep } from '../setup/python-steps.ts';
import { preparePyTorch, type Python } from './torch.ts';

/** How to run Python with PyTorch and Hugging Face's transformers, fetched once where they are not at hand. */
export async function prepareTransformers(report: (line: string) => void): Promise<Python> {
  const { python, environment } = await preparePyTorch(report);
  await installMissing([transformersStep], report);
  const folders = [transformersFolder(), environment['PYTHONPATH'] ?? process.env['PYTHONPATH'] ?? ''];
  return {
    python,
    environment: {
      ...environment,
      PYTHONPATH: folders.filter((each) => each !== '').join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      HF_HUB_OFFLINE: '1',
    },
  };
}
