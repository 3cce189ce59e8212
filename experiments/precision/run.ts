/** Runs in processes of their own, since a process computes in one precision for its life. */
import { fromJson, type Precision } from '@honyaku/contracts';
import { type ComparedNetwork } from './network-sizes.ts';
import { run } from '@honyaku/tools/setup/command.ts';
import { join } from 'node:path';
import { z } from 'zod';

const limitSeconds = 3600;

export const RunArguments = z.object({ network: z.enum(['small', 'notebook']), seed: z.int() });

/** What a run came to. */
export const Learnt = z.object({
  /** Of the held-out pairs, after the last epoch. */
  perplexity: z.number(),
  updates: z.int(),
  seconds: z.number(),
});
export type Learnt = z.output<typeof Learnt>;

/** Trains by native kernels on one thread. @throws CommandFailed */
export async function trainIn(precision: Precision, network: ComparedNetwork, seed: number): Promise<Learnt> {
  const script = join(import.meta.dirname, 'train.ts');
  const args = ['--import', 'tsx', script, JSON.stringify({ network, seed })];
  const answer = await run(process.execPath, args, {
    seconds: limitSeconds,
    environment: {
      HONYAKU_KERNELS: 'native',
      HONYAKU_PRECISION: precision,
      HONYAKU_THREADS: '1',
      TF_NUM_INTRAOP_THREADS: '1',
      TF_ENABLE_ONEDNN_OPTS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
    },
  });
  return fromJson(Learnt, answer, `${network} in ${precision}`);
}
