/** What jobs were put back for, as workers write it into the logs that BullMQ keeps with them. */
import { type PutBack, type QueueName, putBacksIn, queuePrefix } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { z } from 'zod';

export interface PutBacksOfJob {
  readonly jobId: string;
  readonly times: number;
  readonly first: PutBack;
  readonly last: PutBack;
}

const Lines = z.array(z.string());

/** Of those of the jobs that were put back and have not got on since. */
export async function putBacksOf(
  redis: Redis,
  queue: QueueName,
  jobIds: readonly string[],
): Promise<readonly PutBacksOfJob[]> {
  const pipeline = redis.pipeline();
  for (const id of jobIds) pipeline.lrange(`${queuePrefix}:${queue}:${id}:logs`, 0, -1);
  const replies = (await pipeline.exec()) ?? [];
  return replies.flatMap(([error, reply], index) => {
    if (error) throw error;
    const found = putBacksIn(Lines.parse(reply));
    const [first, last] = [found[0], found.at(-1)];
    return first && last ? [{ jobId: jobIds[index] ?? '', times: found.length, first, last }] : [];
  });
}
