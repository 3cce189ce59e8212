import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './program-run.ts';

it('no suite excludes files by itself: npm test would run the laboratories, which it excludes by its command line', () => {
  expect(readFileSync(join(root, 'vitest.config.ts'), 'utf8')).not.toMatch(/\bexclude\b/);
});
