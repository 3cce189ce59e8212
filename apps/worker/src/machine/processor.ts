/** Checks for the instruction set that TensorFlow is compiled for. */
import { readFile } from 'node:fs/promises';
import { Unavailable } from '@honyaku/contracts';

/**
 * Without AVX the first kernel ends the tensor process by SIGILL or SIGABRT, which would look like a lack of memory.
 * @param cpuinfo path of the kernel's file; without flags in it the check passes
 * @throws Unavailable
 */
export async function requireAvx(cpuinfo = '/proc/cpuinfo'): Promise<void> {
  const flags = /^flags\s*:(.*)$/m.exec(await readFile(cpuinfo, 'utf8').catch(() => ''))?.[1];
  if (flags === undefined || flags.split(/\s+/).includes('avx')) return;
  throw new Unavailable(
    'TensorFlow needs a processor with AVX, which this one does not report; virtual machines hide it unless their CPU type is "host" or a recent one',
  );
}
