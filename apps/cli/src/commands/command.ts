/** What every command of `honyaku` is given. */
import { type ApiClient } from '@honyaku/client';
import { type Terminal } from '../terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
  /** @throws Unavailable when no API is known */
  readonly client: () => Promise<ApiClient>;
}
