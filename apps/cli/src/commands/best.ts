import { BestBundle, routes, toJson } from '@honyaku/contracts';
import { resolve } from 'node:path';
import { downloadBest } from '../best-download.ts';
import { testText } from '../held-out-text.ts';
import { bytesText } from '../numbers.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku best SWEEP [--output DIR]`: where the best checkpoint is, and its files when a folder is named. */
export async function best(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  options: { readonly output?: string },
): Promise<void> {
  const api = await client();
  const folder = options.output === undefined ? undefined : resolve(terminal.folder, options.output);
  const bundle =
    folder === undefined
      ? await api.call(routes.best, { id: sweepId })
      : await downloadBest(api, sweepId, folder, terminal.interrupted);
  if (json) return printLine(terminal, toJson(BestBundle, bundle));
  const { config, bucket, prefix } = bundle;
  const { model } = config.files;
  printLine(terminal, `${config.trialId} after epoch ${config.epoch}, test ppl ${testText(config.heldOut)}`);
  printLine(terminal, `in the bucket: ${bucket}/${prefix}${model.key} (${bytesText(model.bytes)})`);
  printLine(
    terminal,
    folder === undefined ? 'download it with --output DIR' : `downloaded and verified: ${folder}`,
  );
}
