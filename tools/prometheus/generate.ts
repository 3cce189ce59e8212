/** `npm run generate` writes dashboards, rules and docs/metrics.md from their sources. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { absolute, generatedFiles } from './generated-files.ts';

for (const { path, text } of await generatedFiles()) {
  await mkdir(dirname(absolute(path)), { recursive: true });
  await writeFile(absolute(path), text);
  process.stdout.write(`${path}\n`);
}
