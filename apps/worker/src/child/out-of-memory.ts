import { HonyakuError, messageOf, OutOfMemory } from '@honyaku/contracts';

/** How TensorFlow, the C++ library and the system say that there is no more memory. */
const signs = /\bOOM when allocating|resource.?exhausted|std::bad_alloc|cannot allocate memory/i;

/** Runs the work; a lack of memory gets the name that keeps it from being tried again at the same size. */
export async function namingOutOfMemory<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HonyakuError || !signs.test(messageOf(error))) throw error;
    throw new OutOfMemory(messageOf(error), { cause: error });
  }
}
