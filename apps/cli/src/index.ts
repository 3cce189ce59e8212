/** The parts of the command that tools use: the stack, and each step of a sweep from file to report. */
export { convertToCTranslate2 } from './ctranslate2.ts';
export { downloadBest } from './download-best.ts';
export { bytesText, durationText, perplexityText } from './texts.ts';
export { axis, colourOf, ink, renderSvg } from './report/charts.ts';
export { writeReport } from './commands/report.ts';
export { type Stack, type StackOptions, startStack } from './stack.ts';
export { submitSweep } from './commands/submit.ts';
export { trialTable } from './tables.ts';
export { type WatchedSweep, watchSweep } from './commands/watch.ts';
