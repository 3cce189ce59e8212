import { Writable } from 'node:stream';
import { type Terminal } from '../src/terminal.ts';

/** A terminal that keeps what is written; standard input holds the given text. */
export class RecordedTerminal implements Terminal {
  readonly #written = { output: '', messages: '' };
  readonly #interrupt = new AbortController();
  readonly output = this.#stream('output');
  readonly messages = this.#stream('messages');
  readonly interrupted = this.#interrupt.signal;

  constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv = {},
    private readonly standardInput: string = '',
  ) {}

  get text(): string {
    return this.#written.output;
  }

  get notices(): string {
    return this.#written.messages;
  }

  async *input(): AsyncGenerator<Buffer> {
    yield Buffer.from(this.standardInput);
  }

  pressControlC(): void {
    this.#interrupt.abort();
  }

  #stream(name: 'output' | 'messages'): Writable {
    return new Writable({
      write: (chunk, _encoding, done) => {
        this.#written[name] += String(chunk);
        done();
      },
    });
  }
}
