import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Case } from './cases.ts';

/** A Python with PyTorch that measures one run of a case at a time, in float32 and under autocast. */
export interface TorchSide {
  readonly version: string;
  measure(of: NonNullable<Case['torch']>): Promise<Readonly<Record<string, number>>>;
  close(): void;
}

/** The Python that HONYAKU_PYTORCH_PYTHON names, else python3; undefined when it has no PyTorch. */
export async function startTorch(threads: number): Promise<TorchSide | undefined> {
  const python = process.env['HONYAKU_PYTORCH_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'torch_side.py');
  const child = spawn(python, [script, String(threads)], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => {
    const line = await lines.next();
    return line.done === true ? undefined : line.value;
  };
  const version = await next();
  if (version === undefined) return undefined;
  return {
    version,
    measure: async (of) => {
      child.stdin.write(`${JSON.stringify(of)}\n`);
      return JSON.parse((await next()) ?? '{}') as Record<string, number>;
    },
    close: () => child.stdin.end(),
  };
}
