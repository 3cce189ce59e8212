/** The native library, which the set-up compiles and puts beside tfjs's binding; importing this file loads it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InvalidInput, messageOf, type Precision, Unavailable } from '@honyaku/contracts';
import './tensorflow.ts';

/** Of what products multiply; their sums are float32 in both. */
export type { Precision };

/** By how much the kernels' code can differ in what they compute: least first. A processor has the first so many. */
export const allInstructionSets = ['x86-64', 'avx2', 'avx512', 'avx512-bf16'] as const;
export type InstructionSet = (typeof allInstructionSets)[number];

interface NativeLibrary {
  readonly version: string;
  readonly instructionSet: () => InstructionSet;
  readonly instructionSets: () => InstructionSet[];
  readonly setInstructionSet: (name: string) => void;
  readonly threads: () => number;
  readonly setThreads: (count: number) => void;
}

/** Where the set-up puts the library. */
export function nativeLibraryPath(): string {
  const tfjs = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json');
  return join(dirname(tfjs), 'lib', 'napi-v8', 'honyaku_kernels.node');
}

/** Loads the library, which registers its operations with TensorFlow. @throws Unavailable; InvalidInput */
function load(): NativeLibrary {
  const loaded: { exports: Partial<NativeLibrary> } = { exports: {} };
  try {
    process.dlopen(loaded, nativeLibraryPath());
  } catch (cause) {
    // HONYAKU_INSTRUCTION_SET names a set that this processor does not have.
    if (cause instanceof RangeError) throw new InvalidInput(messageOf(cause), { cause });
    throw new Unavailable('The native kernels are not set up: run npm run setup.', { cause });
  }
  const { exports } = loaded;
  if (!isComplete(exports))
    throw new Unavailable('The native kernels are those of another version: run npm run setup.');
  return exports;
}

function isComplete(library: Partial<NativeLibrary>): library is NativeLibrary {
  return library.version !== undefined && library.setThreads !== undefined;
}

const library = load();

/** Names the sources, the compiler and the TensorFlow that the kernels were built from. */
export const kernelVersion: string = library.version;

/** The instruction set whose kernels run: the last of `instructionSets()` unless `useInstructionSet` took another. */
export function instructionSet(): InstructionSet {
  return library.instructionSet();
}

/** Whether the instruction set multiplies bfloat16; the others emulate it. */
export function multipliesBfloat16(): boolean {
  return instructionSet() === 'avx512-bf16';
}

/** What the bytes of a result depend on, such as `native 3f2a5b6c7d8e avx512`, and `bfloat16` after it for that. */
export function kernelsName(precision: Precision): string {
  const name = `native ${kernelVersion} ${instructionSet()}`;
  return precision === 'float32' ? name : `${name} ${precision}`;
}

/** Those that this processor has, up to the one that HONYAKU_INSTRUCTION_SET names; the best one last. */
export function instructionSets(): readonly InstructionSet[] {
  return library.instructionSets();
}

/** Runs the kernels of another instruction set from now on. @throws RangeError that names those that there are */
export function useInstructionSet(name: InstructionSet): void {
  library.setInstructionSet(name);
}

/** Threads of a kernel: HONYAKU_THREADS, or TF_NUM_INTRAOP_THREADS, else the processors that this process may use. */
export function threads(): number {
  return library.threads();
}

/** Results are the same bytes for any number. @throws RangeError unless it is 1 to 1024 */
export function useThreads(count: number): void {
  library.setThreads(count);
}
