export { type EmbeddedServer, startServer } from './embedded-process.ts';
export { type EmbeddedObjectStore, startObjectStore } from './object-store.ts';
export { type EmbeddedRedis, startRedis } from './redis.ts';
export { tiedCommand } from './tied-command.ts';
