import { BestBundle, InvalidInput, routes, toJson } from '@honyaku/contracts';
import { resolve } from 'node:path';
import { bestText } from '../best-texts.ts';
import { type BundleForm } from '../bundle-forms.ts';
import { type Quantization } from '../ctranslate2.ts';
import { downloadBest } from '../download-best.ts';
import { findInBucket } from '../in-bucket.ts';
import { notify, printLine, type CommandContext } from '../terminal.ts';
import { bytesText, heldOutSetOf } from '../texts.ts';

export interface BestOptions {
  readonly output?: string;
  readonly format?: BundleForm;
  readonly quantization?: Quantization;
}

/**
 * `honyaku best SWEEP [--output DIR [--format FORM [--quantization TYPE]]]`: where the best checkpoint is, and its files when a folder is named.
 */
export async function best(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  { output, format, quantization }: BestOptions,
): Promise<void> {
  if (format !== undefined && output === undefined)
    throw new InvalidInput(`--format ${format} is the form of a downloaded checkpoint: add --output DIR`);
  if (quantization !== undefined && format !== 'ctranslate2')
    throw new InvalidInput(
      `--quantization ${quantization} is of the form ctranslate2: add --format ctranslate2`,
    );
  const api = await client();
  const folder = output === undefined ? undefined : resolve(terminal.folder, output);
  const bundle =
    folder === undefined
      ? await api.call(routes.best, { id: sweepId })
      : await downloadBest(api, sweepId, folder, {
          interrupted: terminal.interrupted,
          report: (line) => notify(terminal, line),
          form: format,
          quantization,
        });
  if (json) return printLine(terminal, toJson(BestBundle, bundle));
  const { config, bucket, prefix } = bundle;
  const { model } = config.files;
  const { found: report } = await findInBucket(api.find(routes.dataset, { id: sweepId }));
  const { spec } = await api.call(routes.sweep, { id: sweepId });
  const result = bestText(config, heldOutSetOf(spec), report?.lookUp);
  printLine(terminal, `${config.trialId} after epoch ${config.epoch}, ${result}`);
  printLine(terminal, `in the bucket: ${bucket}/${prefix}${model.key} (${bytesText(model.bytes)})`);
  printLine(
    terminal,
    folder === undefined
      ? 'download it with --output DIR'
      : `downloaded and verified: ${folder}${formTexts[format ?? 'bundle']}`,
  );
}

const formTexts: Readonly<Record<BundleForm, string>> = {
  bundle: '',
  marian: ", in Marian's form for Hugging Face's transformers",
  ctranslate2: ", in CTranslate2's form",
};
