import { HonyakuError, messageOf, OutOfMemory } from '@honyaku/contracts';

/**
 * How TensorFlow, CUDA, the C++ library and the system say that there is no more memory. Of a GPU that others have
 * filled, NVIDIA's libraries say that they could not be initialised.
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

/** Runs the work; a lack of memory gets the name that keeps it from being tried again at the same size. */
export async function namingOutOfMemory<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HonyakuError || !signs.test(messageOf(error))) throw error;
    throw new OutOfMemory(messageOf(error), { cause: error });
  }
}
