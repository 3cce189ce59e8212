import { z } from 'zod';

/** The train step that is measured: the notebook's network, a batch of middling length. */
export const setting = {
  hidden: 512,
  embedding: 512,
  vocabulary: 8000,
  batch: 32,
  sourceTokens: 20,
  targetTokens: 25,
  dropout: 0.2,
  threads: 2,
};

/** What a measured process answers to a number of steps: the milliseconds of each. */
export const Milliseconds = z.array(z.number().positive());
