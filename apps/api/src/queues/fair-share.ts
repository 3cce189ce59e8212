/** The order in which waiting epochs begin: by the sweep's priority, then in turns between submitters. */
import { readFileSync } from 'node:fs';
import { Corrupt, type RedisNames, type SweepSpec, redisNames } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { z } from 'zod';

/** BullMQ knows priorities up to 2^21, lower ones first, and 0 beats all: that is kept free. */
const turnsInAPriority = 200_000;
const highest = 9;

const script = readFileSync(new URL('./fair-share.lua', import.meta.url), 'utf8');
const Priorities = z.array(z.int());

export type SweepTurns = Pick<SweepSpec, 'priority' | 'submitter'>;

export class FairShare {
  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames = redisNames(),
  ) {}

  /** BullMQ's priorities for the train-epoch jobs with these ids, all of one sweep. */
  async priorities(
    { priority, submitter }: SweepTurns,
    jobIds: readonly string[],
  ): Promise<readonly number[]> {
    const queue = `${this.names.queues}:trials`;
    const answer = await this.redis.eval(
      script,
      2,
      `${queue}:prioritized`,
      this.names.turns(priority),
      (highest - priority) * turnsInAPriority + 1,
      turnsInAPriority,
      submitter,
      ...jobIds.map((id) => `${queue}:${id}`),
    );
    const parsed = Priorities.safeParse(answer);
    if (!parsed.success)
      throw new Corrupt('the script of fair shares gave no priorities', { cause: parsed.error });
    return parsed.data;
  }
}
