/** Entry point of a planning thread: a worker thread does not inherit tsx's loader, so it is registered again. */
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
