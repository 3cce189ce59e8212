/** Where a planning thread begins: a thread has to be told anew how TypeScript is read. */
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
