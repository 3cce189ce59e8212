export { startApi, type RunningApi } from './application.ts';
