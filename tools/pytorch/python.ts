import { run } from '../setup/command.ts';

/** A Python that can import PyTorch. */
export interface PyTorch {
  readonly python: string;
  readonly version: string;
}

/** The Python that HONYAKU_PYTORCH_PYTHON names, else python3; undefined when it cannot import `modules`. */
export async function findPyTorch(
  modules: readonly string[],
  environment = process.env,
): Promise<PyTorch | undefined> {
  const python = environment['HONYAKU_PYTORCH_PYTHON'] ?? 'python3';
  const script = `import ${['torch', ...modules].join(', ')}; print(torch.__version__)`;
  const version = await run(python, ['-c', script], { seconds: 300 }).catch(() => undefined);
  return version === undefined ? undefined : { python, version: version.trim() };
}
