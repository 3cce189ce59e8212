export { type EmbeddedServer, startServer } from './embedded-process.ts';
export { type FolderLock, lockFolder } from './folder-lock.ts';
export { type EmbeddedObjectStore, objectStoreName, startObjectStore } from './object-store.ts';
export { freePort, requireFreePort } from './ports.ts';
export { type EmbeddedRedis, redisName, startRedis } from './redis.ts';
export { tiedCommand } from './tied-command.ts';
export { type ReportProgress, type Wait, answersWell, lastLines, until } from './until.ts';
