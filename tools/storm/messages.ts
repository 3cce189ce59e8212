/** Messages between the storm and the process that sends it. */
import { z } from 'zod';

export const StormSettings = z.strictObject({
  url: z.string(),
  /** Requests a second. */
  rate: z.number(),
  seconds: z.number(),
  targets: z.strictObject({ corpus: z.string(), sweep: z.string(), untrained: z.string() }),
});

export const StormResult = z.strictObject({
  requests: z.int(),
  /** Bytes of the largest body. */
  largest: z.int(),
  /** Answers by status. */
  statuses: z.record(z.string(), z.int()),
  unanswered: z.int(),
});
export type StormResult = z.output<typeof StormResult>;
