/** Where the API is: by an option or the environment, else by the file of a running `honyaku up`. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ApiAddress, howToStart } from '@honyaku/client';
import { ApiEnvironment, Unavailable, fromJson, parseInput } from '@honyaku/contracts';
import { z } from 'zod';

/** A path before the API's own, such as a proxy has, is part of the address. */
const HttpUrl = z
  .url({ protocol: /^https?$/, error: 'use an address such as http://127.0.0.1:7400' })
  .refine((url) => !hasMore(url), 'use scheme, host, port and path alone: no user, query or fragment')
  .transform((url) => url.trim().replace(/\/+$/, ''));

/** `.honyaku/api.json`, readable by its owner alone. */
const AddressFile = z.object({ url: HttpUrl, token: z.string().optional() });
export type AddressFile = z.output<typeof AddressFile>;

export const defaultFolderName = '.honyaku';
export const addressFileName = 'api.json';

/** The API of the `up` that runs in the folder. A file that a loss of power left empty or broken names none. */
export async function readAddressFile(folder: string): Promise<AddressFile | undefined> {
  const path = join(folder, addressFileName);
  try {
    return fromJson(AddressFile, await readFile(path, 'utf8'), path);
  } catch {
    return undefined;
  }
}

/** Whoever reads the file finds all of it, or none. */
export async function writeAddressFile(folder: string, address: AddressFile): Promise<void> {
  const path = join(folder, addressFileName);
  const draft = `${path}.draft`;
  await writeFile(draft, JSON.stringify(AddressFile.parse(address)), { mode: 0o600, flush: true });
  await rename(draft, path);
}

/** Whether the address has parts that requests could not keep. */
function hasMore(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { username, password, search, hash } = new URL(address);
  return [username, password, search, hash].some((part) => part !== '');
}

/** @throws InvalidInput when it cannot be one, without repeating it */
export function tokenIn(environment: NodeJS.ProcessEnv): string | undefined {
  const name = 'HONYAKU_API_TOKEN';
  return parseInput(ApiEnvironment.shape[name], environment[name], name);
}

/**
 * @throws InvalidInput when the address is none; Unavailable, saying how to start one, when no API is known
 */
export async function findApi(options: {
  readonly api?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
}): Promise<ApiAddress> {
  const { api, environment, folder } = options;
  const token = tokenIn(environment);
  const named = api ?? environment['HONYAKU_API_URL']?.trim();
  if (named !== undefined) {
    const url = parseInput(HttpUrl, named, api === undefined ? 'HONYAKU_API_URL' : '--api');
    return token === undefined ? { url } : { url, token };
  }
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await readAddressFile(join(at, defaultFolderName));
    if (found) return token === undefined ? found : { ...found, token };
    if (at === dirname(at)) throw new Unavailable(`no API is known here: ${howToStart}`);
  }
}
