import { sweep as disturbed } from '../faults/sweep.ts';

/** The network and corpus of the sweep that faults disturb, more trials of it, and more at once than there are GPUs. */
export const sweep = {
  ...disturbed,
  name: 'scaled',
  trials: 12,
  epochs: 3,
  concurrency: 6,
  retention: { best: 3 },
};
