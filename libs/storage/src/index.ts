export { requireConditionalPuts } from './conditional-puts.ts';
export { type RedisInfo, redisInfo } from './redis-info.ts';
export { RedisRequirements } from './redis-requirements.ts';
export { untilAvailable } from './until-available.ts';
export { type CacheResult, FileCache } from './file-cache.ts';
export { type Folder, isScoreRecord, keys, logSequenceOf } from './keys.ts';
export { type ExpectedFile, ObjectStore, type ObjectStoreOptions } from './object-store.ts';
export { processFolder, removeAbandonedFolders } from './process-folders.ts';
export { type ObservedRequest } from './store-requests.ts';
