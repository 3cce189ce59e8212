/** `honyaku` in a folder of its own, talking to a fake API; both are gone when the test has ended. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../src/program.ts';
import { FakeApi } from '@honyaku/client/fake-api';
import { RecordedTerminal } from './recorded-terminal.ts';

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
