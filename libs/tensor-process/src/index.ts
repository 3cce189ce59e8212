export { type Call, type Protocol } from './protocol.ts';
export { type HandlerContext, type Handlers, serve } from './serve.ts';
export { type RequestOptions, TensorProcess } from './tensor-process.ts';
