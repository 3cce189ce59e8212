export { type CacheResult, FileCache } from './file-cache.ts';
export { keys } from './keys.ts';
export { type ExpectedFile, ObjectStore, type ObjectStoreOptions } from './object-store.ts';
export { type ObservedRequest } from './store-requests.ts';
