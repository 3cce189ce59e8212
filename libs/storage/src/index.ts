export { type CacheResult, FileCache } from './file-cache.ts';
export { keys } from './keys.ts';
export {
  type ExpectedFile,
  ObjectStore,
  type ObjectStoreOptions,
  type ObservedRequest,
} from './object-store.ts';
