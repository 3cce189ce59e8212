/** `honyaku` in tests: with a terminal that keeps what is written, in a folder of its own, talking to a fake API. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { FakeApi } from '@honyaku/client/fake-api';
import { type Terminal } from '../src/terminal.ts';
import { run } from '../src/program.ts';

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

export class CommandLine {
  private constructor(
    readonly api: FakeApi,
    readonly folder: string,
  ) {}

  static async open(): Promise<CommandLine> {
    return new CommandLine(await FakeApi.start(), await mkdtemp(join(tmpdir(), 'honyaku-cli-')));
  }

  async close(): Promise<void> {
    await this.api.close();
    await rm(this.folder, { recursive: true });
  }

  /** Runs the command with these words. */
  async honyaku(...words: string[]): Promise<{ code: number; text: string; notices: string }> {
    const terminal = new RecordedTerminal(this.folder, { HONYAKU_API_URL: this.api.url });
    const code = await run(words, terminal);
    return { code, text: terminal.text, notices: terminal.notices };
  }
}
