import { describe, expect, it } from 'vitest';
import { gpuNameIn, reasonIn } from './tensorflow-log.ts';

/** Written by TensorFlow 2.21 for CUDA on a machine without a driver. */
const withoutDriver = `WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795989343.427754   28029 port.cc:153] oneDNN custom operations are on. You may see slightly different numerical results due to floating-point round-off errors from different computation orders. To turn them off, set the environment variable \`TF_ENABLE_ONEDNN_OPTS=0\`.
I0000 00:00:1795989343.429415   28029 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.
I0000 00:00:1795989343.738058   28029 cpu_feature_guard.cc:227] This TensorFlow binary is optimized to use available CPU instructions in performance-critical operations.
To enable the following instructions: AVX2 AVX512F AVX512_VNNI AVX512_BF16 FMA, in other operations, rebuild TensorFlow with the appropriate compiler flags.
E0000 00:00:1795989343.745492   28029 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)
`;
/** Written by TensorFlow 2.21 for CPUs. */
const builtForCpus = withoutDriver
  .split('\n')
  .filter((line) => !/cuda/i.test(line))
  .join('\n');
/** Written after TensorFlow's sources, since no GPU was available. */
const withGpus = `I0000 00:00:1795989343.1   28029 gpu_device.cc:2040] Created device /job:localhost/replica:0/task:0/device:GPU:0 with 38366 MB memory:  -> device: 0, name: NVIDIA A100-SXM4-40GB, pci bus id: 0000:00:05.0, compute capability: 8.0
I0000 00:00:1795989343.2   28029 gpu_device.cc:2040] Created device /job:localhost/replica:0/task:0/device:GPU:1 with 13500 MB memory:  -> device: 1, name: Tesla T4, pci bus id: 0000:00:06.0, compute capability: 7.5
`;

describe('reasonIn', () => {
  it("returns TensorFlow's own messages about the GPU and no others", () => {
    expect(reasonIn(withoutDriver)).toBe(
      'Could not find cuda drivers on your machine, GPU will not be used.; ' +
        'failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)',
    );
  });

  it('reports a TensorFlow that logs nothing about GPUs as built for CPUs', () => {
    expect(reasonIn(builtForCpus)).toContain('built for CPUs: set it up with HONYAKU_TENSORFLOW=cuda');
  });

  it('returns the error of a device that cannot compute', () => {
    const withoutContext = `Unavailable: TensorFlow is not set up: run npm run setup
    at load (file:///app/libs/model/src/tensorflow.ts:30:11) {
  [cause]: Error: Exception creating TFE_Context
      at new NodeJSKernelBackend`;
    expect(reasonIn(withoutContext)).toContain('[cause]: Error: Exception creating TFE_Context');
    const log = `${withGpus}
Error: Invalid TF_Status: 13
Message: no kernel image is available for execution on the device
    at NodeJSKernelBackend.executeSingleOutput`;
    expect(reasonIn(log)).toContain(
      'Error: Invalid TF_Status: 13; Message: no kernel image is available for execution on the device',
    );
  });
});

describe('gpuNameIn', () => {
  it('returns the last GPU that TensorFlow created a device for, which is the one it uses', () => {
    expect(gpuNameIn(withGpus)).toBe('Tesla T4');
    expect(gpuNameIn(withoutDriver)).toBeUndefined();
  });
});
