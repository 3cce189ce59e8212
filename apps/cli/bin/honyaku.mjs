#!/usr/bin/env node
/** Starts the command from any folder, also through a symbolic link: TypeScript runs by tsx, without a build. */
const tsx = await import('tsx/esm/api').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
});
if (tsx) {
  tsx.register();
  await import('../src/main.ts');
} else {
  console.error('honyaku: this checkout has no packages yet; install all it needs with `npm run setup`');
  process.exitCode = 1;
}
