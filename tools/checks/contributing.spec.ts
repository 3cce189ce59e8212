import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './program-run.ts';

const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
const paths = [...text.matchAll(/`((?:apps|libs|tools|docs|infra|experiments)\/[\w./-]+)`/g)].map(
  ([, path = '']) => path,
);

it('names enough paths for this test to understand it', () => {
  expect(paths.length).toBeGreaterThan(30);
});

it.each([...new Set(paths)])('CONTRIBUTING.md names %s, which is there', (path) => {
  expect(existsSync(join(root, path))).toBe(true);
});
