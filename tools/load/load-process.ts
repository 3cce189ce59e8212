/** A process that puts load on the API, told what to do by HONYAKU_LOAD. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Unavailable, fromJson } from '@honyaku/contracts';
import { type z } from 'zod';

export class LoadProcess {
  private readonly child: ChildProcess;

  constructor(
    private readonly script: string,
    settings: object,
  ) {
    this.child = fork(fileURLToPath(new URL(script, import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, HONYAKU_LOAD: JSON.stringify(settings) },
    });
  }

  /** What it says next. @throws Unavailable when it ends before, or says nothing for so long */
  async next<Schema extends z.ZodType>(schema: Schema, seconds: number): Promise<z.output<Schema>> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(seconds * 1000)]);
    const ended = () => over.abort();
    this.child.once('exit', ended);
    try {
      const [message]: unknown[] = await once(this.child, 'message', { signal });
      return fromJson(schema, JSON.stringify(message), this.script);
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new Unavailable(`${this.script} ended, or said nothing for ${seconds} s`, { cause });
    } finally {
      this.child.off('exit', ended);
    }
  }

  ask(): void {
    this.child.send('result');
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
