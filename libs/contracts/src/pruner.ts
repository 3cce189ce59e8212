import { z } from 'zod';

export const PrunerSettings = z.discriminatedUnion('type', [z.strictObject({ type: z.literal('none') })]);
export type PrunerSettings = z.output<typeof PrunerSettings>;
