/** Parses TensorFlow's messages on standard error about the device that it chooses. */

/** As `I0000 00:00:1795989343.429415   28029 cudart_stub.cc:31] Could not find …`. */
const line = /^([IWEF])\d{4} [\d:.]+\s+\d+ [\w.-]+:\d+\] (.*)$/gm;
const ofTheDevice = /\b(cuda|gpus?|cuinit|driver|nvidia|cudnn|cublas|dlopen|dso|streamexecutor|nvml)\b/i;
const ofTheBuild =
  'this TensorFlow is built for CPUs: set it up with HONYAKU_TENSORFLOW=cuda, or take the image for CUDA';

/** TensorFlow's reason for using no GPU. */
export function reasonIn(log: string): string {
  const messages = [...log.matchAll(line)].map(([, , message = '']) => message);
  const errors = log
    .split('\n')
    .filter((each) => /^\s*(\[cause\]: )?(\w*Error|Unavailable|Bug): |^Message: /.test(each))
    .map((each) => each.trim());
  const reasons = [...new Set([...messages.filter((each) => ofTheDevice.test(each)), ...errors])];
  return reasons.length === 0 ? ofTheBuild : reasons.join('; ');
}

/** The name of the GPU that TensorFlow uses; of several the last. */
export function gpuNameIn(log: string): string | undefined {
  const created = [...log.matchAll(/\bdevice: \d+, name: (.+?), pci bus id: /g)];
  return created.at(-1)?.[1];
}
