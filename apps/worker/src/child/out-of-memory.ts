import { HonyakuError, messageOf, OutOfMemory } from '@honyaku/contracts';

/**
 * Messages by which TensorFlow, CUDA, the C++ library and the system report that memory is exhausted. On a GPU whose
 * memory others have filled, NVIDIA's libraries report that they could not be initialised.
 */
const signs = new RegExp(
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

/** Runs the work. @throws OutOfMemory in place of such an error, which keeps the job from being retried at the same size */
export async function namingOutOfMemory<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HonyakuError || !signs.test(messageOf(error))) throw error;
    throw new OutOfMemory(messageOf(error), { cause: error });
  }
}
