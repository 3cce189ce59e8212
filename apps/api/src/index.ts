export { startApi, type RunningApi } from './application.ts';
export { type RedisInfo, redisInfo } from './metrics/redis-info.ts';
export { type Replay, replay } from './sweeps/replay.ts';
