import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const frameworks = ['@nestjs/*', 'bullmq', 'ioredis', 'minio'];

/**
 * The folders of each project, the highest first: imports between them go down only, so that none of them runs in a
 * circle. Files beside the folders are on top of them; where they are not yet, `filesAnywhere` says so.
 */
const folderOrders = {
  'apps/api/src': {
    order: [
      'controllers',
      'reconciliation',
      'scrape',
      'jobs',
      'retention',
      'best',
      'translator',
      'webhooks',
      'events',
      'sweeps',
      'metrics',
      'queues',
      'starts',
      'trials',
      'store',
      'planning',
      'corpora',
      'docs',
      'http',
      'redis',
      'event-loop',
      'wiring',
    ],
  },
  'apps/cli/src': { order: ['commands', 'report', 'watch'], filesAnywhere: true },
  'apps/worker/src': { order: ['queues', 'jobs', 'status', 'machine', 'child'] },
  'libs/data/src': { order: ['dataset', 'cleaning', 'corpus', 'tokenizer'] },
  'libs/model/src': {
    order: ['golden', 'decoding', 'training', 'seq2seq', 'networks', 'checkpoint', 'kernels'],
  },
  'libs/search/src': { order: ['pruners', 'samplers'] },
  'libs/sweep-engine/src': { order: ['decisions', 'plan', 'state'] },
  tools: {
    order: [
      'checks',
      'marian',
      'demo',
      'bench',
      'golden',
      'infra',
      'schemathesis',
      'storm',
      'load',
      'simulate',
      'versions',
      'k8s-lab',
      'k8s',
      'faults',
      'prometheus',
      'grafana',
      'optuna',
      'pytorch',
      'setup',
      'command-line',
    ],
    filesAnywhere: true,
  },
  experiments: {
    order: ['curves', 'learning', 'precision', 'pruning', 'samplers', 'optuna'],
    filesAnywhere: true,
  },
};

/** How deep folders lie in each other. */
const depths = [1, 2, 3];

const downwardsOnly = Object.entries(folderOrders).flatMap(([root, { order, filesAnywhere = false }]) =>
  order.flatMap((folder, place) =>
    depths.map((depth) => {
      const higher = order.slice(0, place).map((each) => `${each}/`);
      const upwards = [...higher, ...(filesAnywhere ? [] : ['[^/]+$'])];
      const regex = upwards.length === 0 ? '(?!)' : `^(?:\\.\\./){${depth}}(?:${upwards.join('|')})`;
      const message = `Imports in ${root} go down only: ${order.join(', ')}, in this order (eslint.config.mjs).`;
      return {
        files: [`${root}/${folder}/${'*/'.repeat(depth - 1)}*.ts`],
        ignores: ['**/*.spec.ts', '**/test/**'],
        rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] },
      };
    }),
  ),
);

const pureReason =
  'The sweep engine is pure: time and randomness are arguments, input and output are its callers’.';
const pureSyntax = [
  ['ImportDeclaration[source.value=/^node:/]', pureReason],
  ['ImportExpression', pureReason],
  ["MemberExpression[object.name='Date'][property.name='now']", pureReason],
  ["NewExpression[callee.name='Date'][arguments.length=0]", pureReason],
  ["MemberExpression[object.name='Math'][property.name='random']", pureReason],
  [
    ':matches(Program, ExportNamedDeclaration) > VariableDeclaration:matches([kind="let"], [kind="var"])',
    'A module keeps no state: two sweeps must not meet in it.',
  ],
  [
    ':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > :matches(ArrayExpression[elements.length=0], ObjectExpression[properties.length=0], NewExpression[callee.name=/^(Map|Set)$/][arguments.length=0])',
    'A module keeps no state: two sweeps must not meet in it. What follows from an immutable object alone may be kept in a WeakMap.',
  ],
].map(([selector, message]) => ({ selector, message }));
const prunerReason =
  'What pruners differ in is in libs/search/src/pruners/pruner.ts: ask for that, not for a type.';
const prunerSyntax = [
  "MemberExpression[property.name='type']:matches([object.name='pruner'], [object.property.name='pruner'])",
  "BinaryExpression[operator='in']:matches([right.name='pruner'], [right.property.name='pruner'])",
].map((selector) => ({ selector, message: prunerReason }));
const effects = ['process', 'performance', 'crypto', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'];

export default tseslint.config(
  { ignores: ['**/node_modules', '.honyaku', '.nx', '**/fixtures'] },
  ...tseslint.configs.recommended,
  prettier,
  { plugins: { '@nx': nx } },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Taking a field out of an object names it, and that is all there is to do with it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-console': 'error',
      eqeqeq: 'error',
      // The arrows of the house (ARCHITECTURE.md): apps lean on libs, pure libs on contracts and on each other without a circle.
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: [
            { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['*'] },
            {
              sourceTag: 'layer:app',
              onlyDependOnLibsWithTags: ['layer:stack', 'layer:edge', 'layer:pure', 'layer:contracts'],
            },
            {
              sourceTag: 'layer:stack',
              onlyDependOnLibsWithTags: ['layer:edge', 'layer:pure', 'layer:contracts'],
            },
            { sourceTag: 'layer:edge', onlyDependOnLibsWithTags: ['layer:contracts'] },
            {
              sourceTag: 'layer:pure',
              onlyDependOnLibsWithTags: ['layer:pure', 'layer:contracts'],
              bannedExternalImports: frameworks,
            },
            { sourceTag: 'layer:contracts', onlyDependOnLibsWithTags: [], bannedExternalImports: frameworks },
          ],
        },
      ],
    },
  },
  {
    files: ['libs/sweep-engine/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...pureSyntax, ...prunerSyntax],
      'no-restricted-globals': ['error', ...effects.map((name) => ({ name, message: pureReason }))],
    },
  },
  {
    files: ['apps/**/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...prunerSyntax] },
  },
  ...downwardsOnly,
  {
    // Tests stand on real servers, which only the embedded library starts.
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { depConstraints: [{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }] },
      ],
    },
  },
);
