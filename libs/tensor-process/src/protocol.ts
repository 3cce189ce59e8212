/** Messages between parent and child; each kind of request is declared once, with its schemas. */
import { errorKinds } from '@honyaku/contracts';
import { z } from 'zod';

/** Schemas of one kind of request. Values are sent in wire form, so NaN and infinities survive. */
export interface Call {
  readonly payload: z.ZodType;
  readonly progress: z.ZodType;
  readonly result: z.ZodType;
}

/** Kinds of request by name. */
export type Protocol = Readonly<Record<string, Call>>;

/** Parent to child. */
export const ToChild = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request'), id: z.int(), name: z.string(), payload: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id: z.int() }),
]);
export type ToChild = z.output<typeof ToChild>;

/** Child to parent. */
export const ToParent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('progress'), id: z.int(), progress: z.unknown() }),
  z.strictObject({ type: z.literal('result'), id: z.int(), result: z.unknown() }),
  z.strictObject({
    type: z.literal('error'),
    id: z.int(),
    /** `ChildLost`: of a program that the child had started. */
    kind: z.enum([...errorKinds, 'ChildLost']),
    message: z.string(),
  }),
]);
export type ToParent = z.output<typeof ToParent>;
