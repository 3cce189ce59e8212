/** Entry point of an encoding thread: a worker thread does not inherit tsx's loader, so it is registered again. */
import { register } from 'tsx/esm/api';

register();
await import('./encoding-thread.ts');
