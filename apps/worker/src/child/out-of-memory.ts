import { HonyakuError, messageOf, OutOfMemory } from '@honyaku/contracts';

/**
 * Messages with which TensorFlow, CUDA, the C++ library and the system report exhausted memory. If other processes
 * have filled a GPU's memory, NVIDIA's libraries report that they could not be initialised.
 */
const patterns = new RegExp(
  [
    '\\bOOM when allocating',
    'resource.?exhausted',
    'TF_Status: 8\\b',
    'ran out of memory',
    '\\bout of memory\\b',
    'failed to allocate',
    'CUDA_ERROR_OUT_OF_MEMORY',
    '_STATUS_(ALLOC_FAILED|NOT_INITIALIZED)',
    'failed to create cu(blas|dnn|solver)',
    '(Dst|Src) tensor is not initialized',
    'std::bad_alloc',
    'buffer allocation failed',
    'cannot allocate memory',
  ].join('|'),
  'i',
);

/** Converts errors that report exhausted memory. @throws OutOfMemory */
export async function mapOutOfMemory<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HonyakuError || !patterns.test(messageOf(error))) throw error;
    throw new OutOfMemory(messageOf(error), { cause: error });
  }
}
