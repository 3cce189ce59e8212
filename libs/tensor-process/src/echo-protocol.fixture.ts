/** A protocol without tensors: enough to see the process at work. */
import { Measure } from '@honyaku/contracts';
import { z } from 'zod';

export const echoProtocol = {
  echo: { payload: Measure, progress: z.int(), result: Measure },
  variable: { payload: z.string(), progress: z.never(), result: z.string() },
  count: { payload: z.int(), progress: z.int(), result: z.int() },
  wait: { payload: z.int(), progress: z.never(), result: z.string() },
  fail: { payload: z.string(), progress: z.never(), result: z.never() },
  lose: { payload: z.string(), progress: z.never(), result: z.never() },
  freeze: { payload: z.int(), progress: z.int(), result: z.never() },
  crash: { payload: z.int(), progress: z.never(), result: z.never() },
};
