export { startApi, type RunningApi } from './application.ts';
export { type Replay, replay } from './sweeps/replay.ts';
