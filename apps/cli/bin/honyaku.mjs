#!/usr/bin/env node
/** Starts the command from any folder, also through a symbolic link: TypeScript runs by tsx, without a build. */
import { register } from 'tsx/esm/api';

register();
await import('../src/main.ts');
