import { installMissing, type Step } from '../setup/step.ts';
import { transformersFolder, transformersStep } from '../setup/python-steps.ts';
import { preparePyTorch, type Python } from './torch.ts';

/** Packages in folders of their own, beside transformers. */
export interface MorePackages {
  readonly steps: readonly Step[];
  /** For PYTHONPATH, before and after that of transformers. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const none: MorePackages = { steps: [], before: [], after: [] };

/** How to run Python with PyTorch and Hugging Face's transformers, fetched once where they are not at hand. */
export async function prepareTransformers(
  report: (line: string) => void,
  { steps, before, after }: MorePackages = none,
): Promise<Python> {
  const { python, environment } = await preparePyTorch(report);
  await installMissing([transformersStep, ...steps], report);
  const others = environment['PYTHONPATH'] ?? process.env['PYTHONPATH'] ?? '';
  const folders = [...before, transformersFolder(), ...after, others];
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
