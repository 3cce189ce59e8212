/** What simulation and pretending workers say to each other. */
import { z } from 'zod';

export const PretendSettings = z.strictObject({
  redisUrl: z.string(),
  endpoint: z.string(),
  bucket: z.string(),
  /** Nobody checks them where the bucket is pretended too. */
  accessKey: z.string().default('pretend'),
  secretKey: z.string().default('pretend-secret'),
  workers: z.int(),
  shortestSeconds: z.number(),
  longestSeconds: z.number(),
});
export type PretendSettings = z.input<typeof PretendSettings>;

/** When an epoch of a trial began or was committed, in milliseconds since 1970. */
export const PretendEvent = z.tuple([z.enum(['began', 'ended']), z.string(), z.number()]);
export type PretendEvent = z.output<typeof PretendEvent>;
