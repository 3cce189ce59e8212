/** Prints the versions of what we compute with; a process of its own, so that none idles in the benchmark. */
import { nativeKernels, tensorflowVersion } from '@honyaku/model';

const kernels = nativeKernels === undefined ? [] : [`kernels ${nativeKernels}`];
process.stdout.write([`TensorFlow ${tensorflowVersion}`, ...kernels].join(', '));
