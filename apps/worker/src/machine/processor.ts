/** The instruction set that TensorFlow is compiled for. */
import { readFile } from 'node:fs/promises';
import { Unavailable } from '@honyaku/contracts';

/**
 * Without AVX the first kernel ends the tensor process by SIGILL or SIGABRT, which would look like a lack of memory.
 * @param cpuinfo the kernel's file; one without flags says nothing
 * @throws Unavailable
 */
export async function requireAvx(cpuinfo = '/proc/cpuinfo'): Promise<void> {
  const flags = /^flags\s*:(.*)$/m.exec(await readFile(cpuinfo, 'utf8').catch(() => ''))?.[1];
  if (flags === undefined || flags.split(/\s+/).includes('avx')) return;
  throw new Unavailable(
    'TensorFlow needs a processor with AVX, and this one shows none; a virtual machine hides it unless its processor type is "host" or a newer one',
  );
}
