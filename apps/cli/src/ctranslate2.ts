/**
 * CTranslate2's form of a Transformer, made of Marian's by CTranslate2's own converter. It is a Python package, which set-up
 * installs when it is first needed.
 */
import { fileURLToPath } from 'node:url';
import { installedPaths, marianFileNames } from '@honyaku/contracts';
import { runChildProgram } from './child-program.ts';

/** How the weights are stored, by CTranslate2's names, but for those with bfloat16: its converter needs PyTorch for them. */
export const quantizations = ['float32', 'float16', 'int16', 'int8', 'int8_float32', 'int8_float16'] as const;
export type Quantization = (typeof quantizations)[number];

/** The network, which no other form has under this name. */
export const ctranslate2Model = 'model.bin';
/** Files of the form; the tokenizers are those of Marian's. */
export const ctranslate2Files = {
  converted: [ctranslate2Model, 'shared_vocabulary.json', 'config.json'],
  tokenizers: [marianFileNames.source, marianFileNames.target],
} as const;

export interface Progress {
  readonly interrupted: AbortSignal;
  /** Takes a line for the person who waits. */
  readonly report: (line: string) => void;
}

const setUp = fileURLToPath(new URL('../../../tools/setup/bootstrap.mjs', import.meta.url));
const converter = fileURLToPath(new URL('marian_to_ctranslate2.py', import.meta.url));
const installSeconds = 3600;
const convertSeconds = 900;

/** Installs CTranslate2 where it is missing. @throws Unavailable when it cannot be had; Cancelled */
export function prepareCTranslate2({ interrupted, report }: Progress): Promise<void> {
  return runChildProgram({
    name: 'the set-up of CTranslate2 (npm run setup -- --ctranslate2)',
    command: process.execPath,
    words: [setUp, '--only', '--ctranslate2'],
    seconds: installSeconds,
    interrupted,
    report,
  });
}

/**
 * @param marian a whole folder in Marian's form
 * @param output is made, with the converted files alone
 * @throws Unavailable with the converter's last lines when it fails or takes too long; Cancelled
 */
export function convertToCTranslate2(
  marian: string,
  output: string,
  quantization: Quantization,
  { interrupted, report }: Progress,
): Promise<void> {
  report(`… CTranslate2 converts the network to ${quantization}`);
  return runChildProgram({
    name: "CTranslate2's converter",
    command: 'python3',
    words: [converter, marian, output, quantization],
    environment: {
      ...process.env,
      PYTHONPATH: installedPaths().ctranslate2,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    seconds: convertSeconds,
    interrupted,
  });
}
