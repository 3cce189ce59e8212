/** The longest pauses of a watched API's event loop (see watched-api.ts). */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Program } from '@honyaku/local-stack';
import { until } from '@honyaku/embedded';

const Pause = z.strictObject({
  /** By the clock. */
  milliseconds: z.number(),
  /** Of the event loop's thread. */
  cpuMilliseconds: z.number(),
});
export type Pause = z.output<typeof Pause>;

const answerSeconds = 60;

export class LoopWatch {
  private told = 0;

  /** @param file where the API writes: its HONYAKU_LOOP_WATCH */
  constructor(
    private readonly program: Program,
    private readonly file: string,
  ) {}

  /** The longest since it was asked last. */
  async longest(): Promise<Pause> {
    process.kill(this.program.pid, 'SIGUSR2');
    const line = await until(
      { what: `line in ${this.file}`, seconds: answerSeconds, everyMilliseconds: 10 },
      () => readFileSync(this.file, 'utf8').split('\n').slice(0, -1)[this.told],
    );
    this.told += 1;
    return Pause.parse(JSON.parse(line));
  }
}
