import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const frameworks = ['@nestjs/*', 'bullmq', 'ioredis', 'minio'];

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
      // The arrows of the house (ARCHITECTURE.md): apps lean on libs, pure libs on contracts alone.
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: [
            { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['*'] },
            {
              sourceTag: 'layer:app',
              onlyDependOnLibsWithTags: ['layer:edge', 'layer:pure', 'layer:contracts'],
            },
            { sourceTag: 'layer:edge', onlyDependOnLibsWithTags: ['layer:contracts'] },
            {
              sourceTag: 'layer:pure',
              onlyDependOnLibsWithTags: ['layer:contracts'],
              bannedExternalImports: frameworks,
            },
            { sourceTag: 'layer:contracts', onlyDependOnLibsWithTags: [], bannedExternalImports: frameworks },
          ],
        },
      ],
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
