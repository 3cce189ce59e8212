export { requireConditionalPuts } from './conditional-puts.ts';
export { RedisRequirements } from './redis-requirements.ts';
export { untilAvailable } from './until-available.ts';
export { type CacheResult, FileCache } from './file-cache.ts';
export { keys, logSequenceOf } from './keys.ts';
export { type ExpectedFile, type Folder, ObjectStore, type ObjectStoreOptions } from './object-store.ts';
export { type ObservedRequest } from './store-requests.ts';
