/** What rows share, and how their processes start. */
import { installedPaths, Unavailable } from '@honyaku/contracts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type NotebookDataset } from './notebook-dataset.ts';
import { Contestant } from './contestant.ts';
import { setting } from './setting.ts';
import { type Python } from './torch.ts';

export interface BenchPlace {
  /** Temporary. */
  readonly folder: string;
  readonly dataset: NotebookDataset;
  /** Sets PyTorch up at the first call. */
  readonly torch: () => Promise<Python>;
  /** Progress. */
  readonly say: (line: string) => void;
  /** Whole epochs instead of samples. */
  readonly full: boolean;
}

/** A script of ours/ with its first argument as JSON. */
export function ourContestant(script: string, argument: unknown): Contestant {
  const path = join(import.meta.dirname, 'ours', script);
  return new Contestant(`ours/${script}`, {
    command: process.execPath,
    args: ['--import', 'tsx', path, JSON.stringify(argument)],
    environment: {
      TF_NUM_INTRAOP_THREADS: String(setting.threads),
      TF_ENABLE_ONEDNN_OPTS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
    },
  });
}

/** A script for PyTorch, whose first argument is the setting. */
export async function torchContestant(
  place: BenchPlace,
  script: string,
  args: readonly string[],
): Promise<Contestant> {
  const { vocabularySize } = place.dataset;
  return pythonContestant(await place.torch(), script, [
    JSON.stringify({ ...setting, vocabularySize }),
    ...args,
  ]);
}

export function pythonContestant(
  { python, environment }: Python,
  script: string,
  args: readonly string[],
): Contestant {
  return new Contestant(script, {
    command: python,
    args: [join(import.meta.dirname, script), ...args],
    environment: { ...environment, PYTHONDONTWRITEBYTECODE: '1' },
  });
}

/** The Python package sentencepiece that set-up installs. @throws Unavailable before set-up */
export function sentencePiecePython(): Python {
  const { sentencepiece } = installedPaths();
  if (!existsSync(sentencepiece)) throw new Unavailable('SentencePiece is not set up: run npm run setup');
  return { python: 'python3', environment: { PYTHONPATH: sentencepiece } };
}
