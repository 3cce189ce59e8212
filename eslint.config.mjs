import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const frameworks = ['@nestjs/*', 'bullmq', 'ioredis', 'minio'];

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
      'no-restricted-syntax': ['error', ...pureSyntax],
      'no-restricted-globals': ['error', ...effects.map((name) => ({ name, message: pureReason }))],
    },
  },
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
