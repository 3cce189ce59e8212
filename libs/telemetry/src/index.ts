export * from './catalogue.ts';
export * from './declaration.ts';
export * from './instruments.ts';
export * from './log.ts';
export * from './tracing.ts';
