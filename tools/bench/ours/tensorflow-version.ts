/** Prints the version of the TensorFlow that we run on; a process of its own, so that none idles in the benchmark. */
import { tensorflowVersion } from '@honyaku/model';

process.stdout.write(tensorflowVersion);
