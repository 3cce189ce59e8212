import { fromJson } from '@honyaku/contracts';
import { createInterface } from 'node:readline';
import { type z } from 'zod';

/** Answers each line of JSON on standard input with one on standard output, until the input ends. */
export async function answerLines<Request extends z.ZodType>(
  request: Request,
  answer: (request: z.output<Request>) => unknown,
): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await answer(fromJson(request, line, 'standard input')))}\n`);
}
