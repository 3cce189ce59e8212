import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { absolute, generatedFiles } from './generated-files.ts';

it.each(await generatedFiles())(
  '$path is what its source says (npm run generate)',
  async ({ path, text }) => {
    expect(await readFile(absolute(path), 'utf8')).toBe(text);
  },
);
