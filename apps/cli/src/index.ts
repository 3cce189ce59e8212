/** What tools use of the command: the stack, the client, and each step of a sweep from file to report. */
export { downloadBest } from './best-download.ts';
export { bytesText, durationText, perplexityText } from './numbers.ts';
export { axis, colourOf, ink, renderSvg } from './report/svg-chart.ts';
export { writeReport } from './report/write-report.ts';
export { type Stack, type StackOptions, startStack } from './stack.ts';
export { submitSweep } from './submit-sweep.ts';
export { trialTable } from './tables.ts';
export { type WatchedSweep, watchSweep } from './watch/watch-sweep.ts';
