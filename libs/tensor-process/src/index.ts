export { gpuOfEach, type NvidiaDriver, nvidiaDriver } from './nvidia.ts';
export { type Call, type Protocol } from './protocol.ts';
export { type HandlerContext, type Handlers, serve } from './serve.ts';
export { type RequestOptions, TensorProcess, withoutSecrets } from './tensor-process.ts';
