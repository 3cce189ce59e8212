import { CollectionResult, routes, toJson } from '@honyaku/contracts';
import { bytesText } from '../numbers.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku collect SWEEP [--dry-run]`: what goes, and how much stays. */
export async function collect(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  const result = await (await client()).call(routes.collect, { id: sweepId, dryRun });
  if (json) return printLine(terminal, toJson(CollectionResult, result));
  const { removed, kept, noncurrent } = result;
  for (const { key, bytes } of removed) printLine(terminal, `${key} (${bytesText(bytes)})`);
  const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  const verb = dryRun ? 'would be removed' : 'removed';
  printLine(
    terminal,
    `${removed.length} objects (${bytesText(freed)}) ${verb}, ${kept.objects} (${bytesText(kept.bytes)}) stay`,
  );
  if (!noncurrent) return;
  const stored = noncurrent.bytes + kept.bytes + (dryRun ? freed : 0);
  printLine(
    terminal,
    `the bucket keeps versions, so that ${dryRun ? 'removing frees' : 'this freed'} no room: ` +
      `${bytesText(stored)} are stored, ${bytesText(noncurrent.bytes)} of them in ${noncurrent.versions} older versions, ` +
      `beside ${noncurrent.deleteMarkers} delete markers; a lifecycle rule of the bucket can expire them`,
  );
}
