export * from './catalogue.ts';
export * from './declaration.ts';
export * from './instruments.ts';
export * from './store-observer.ts';
export * from './tracing.ts';
