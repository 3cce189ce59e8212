/** A real API with a token, on a real Redis and a real bucket, with a sweep that a real worker has trained. */
import { fileURLToPath } from 'node:url';
import { submitSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { Unavailable, routes } from '@honyaku/contracts';
import { LocalStack, type Program, endOf } from '@honyaku/local-stack';

const token = 'a-token-for-the-check';
const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const trainSeconds = 300;

/** Ids of what is stored, for requests that find something. */
export interface Found {
  readonly corpus: string;
  /** One that has ended, and one that waits for its dataset. */
  readonly sweeps: readonly string[];
  readonly trials: readonly string[];
}

export class CheckedPlatform {
  private constructor(
    private readonly stack: LocalStack,
    private readonly api: Program,
    readonly found: Found,
  ) {}

  /** @param folder takes data and logs */
  static async start(folder: string): Promise<CheckedPlatform> {
    const stack = await LocalStack.start({ folder, environment: { HONYAKU_API_TOKEN: token } });
    const api = await stack.startApi();
    const client = new ApiClient({ url: api.url, token });
    const trained = await trainedSweep(stack, client);
    // The first translation loads TensorFlow, which takes longer than an answer may.
    await client.translate(trained, { sentences: ['犬'] });
    const corpus = (await client.call(routes.sweep, { id: trained })).spec.corpus.digest;
    const waiting = await client.submit(JSON.stringify({ name: 'waiting', corpus: { digest: corpus } }));
    const trials = (await client.call(routes.sweepTrials, { id: trained })).trials.map(({ id }) => id);
    return new CheckedPlatform(stack, api, { corpus, sweeps: [trained, waiting.id], trials });
  }

  get url(): string {
    return this.api.url;
  }

  get authorization(): string {
    return `Bearer ${token}`;
  }

  /** The API's log, with the requests that failed. */
  log(): string {
    return this.api.log();
  }

  get runs(): boolean {
    return this.api.runs;
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }
}

/** The worker is gone afterwards: what the checks submit is not trained. @returns the sweep's id */
async function trainedSweep(stack: LocalStack, client: ApiClient): Promise<string> {
  const worker = await stack.startWorker('worker');
  const { id } = await submitSweep(client, sweepFile, () => undefined);
  const ended = await endOf(client, id, { seconds: trainSeconds });
  if (ended.state !== 'completed') throw new Unavailable(`${id} is ${ended.state}: ${ended.reason}`);
  await worker.terminate();
  return id;
}
