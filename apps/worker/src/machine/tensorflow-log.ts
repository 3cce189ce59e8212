/** Parses TensorFlow's messages on standard error about the device that it chooses. */

/** Such as `I0000 00:00:1795989343.429415   28029 cudart_stub.cc:31] Could not find …`. */
const line = /^([IWEF])\d{4} [\d:.]+\s+\d+ [\w.-]+:\d+\] (.*)$/gm;
const deviceTerms = /\b(cuda|gpus?|cuinit|driver|nvidia|cudnn|cublas|dlopen|dso|streamexecutor|nvml)\b/i;
const builtForCpus =
  'this TensorFlow is built for CPUs: set it up with HONYAKU_TENSORFLOW=cuda, or use the CUDA image';

/** TensorFlow's reason for using no GPU. */
export function reasonIn(log: string): string {
  const messages = [...log.matchAll(line)].map(([, , message = '']) => message);
  const errors = log
    .split('\n')
    .filter((each) => /^\s*(\[cause\]: )?(\w*Error|Unavailable|Bug): |^Message: /.test(each))
    .map((each) => each.trim());
  const reasons = [...new Set([...messages.filter((each) => deviceTerms.test(each)), ...errors])];
  return reasons.length === 0 ? builtForCpus : reasons.join('; ');
}

/** The name of the GPU that TensorFlow uses: the last one in the log. */
export function gpuNameIn(log: string): string | undefined {
  const created = [...log.matchAll(/\bdevice: \d+, name: (.+?), pci bus id: /g)];
  return created.at(-1)?.[1];
}
