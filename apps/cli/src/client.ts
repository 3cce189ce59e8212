/** The control API as typed calls. Each request has a time limit; refusals come back as the contracts' errors. */
import { Readable } from 'node:stream';
import {
  BestBundle,
  Cancelled,
  CorpusRecord,
  type CorpusUpload,
  Corrupt,
  DatasetReport,
  EpochList,
  type EpochView,
  NotFound,
  Preview,
  type SampleTranslation,
  SweepList,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  TranslationList,
  TrialList,
  TrialView,
  Unavailable,
  fromJson,
  parseInput,
  paths,
  toJson,
} from '@honyaku/contracts';
import { type z } from 'zod';
import { type ApiAddress, howToStart } from './api-address.ts';
import { refusalOf } from './refusals.ts';

const requestSeconds = 30;
/** The first translation loads the model. */
const translateSeconds = 180;
const uploadSeconds = 3600;

export interface RequestSettings {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Record<string, string>;
  readonly body?: string | Readable;
  /** Of the whole request, its answer's body included. */
  readonly seconds?: number;
  /** Ends this request, beside what ends all. */
  readonly signal?: AbortSignal;
}

export class ApiClient {
  constructor(
    readonly address: ApiAddress,
    /** Ends every request under way, e.g. at Ctrl-C. */
    private readonly interrupted: AbortSignal = new AbortController().signal,
  ) {}

  async sweeps(): Promise<SweepView[]> {
    return (await this.call(SweepList, paths.sweeps)).sweeps;
  }

  sweep(id: string): Promise<SweepView> {
    return this.call(SweepView, paths.sweep(encodeURIComponent(id)));
  }

  async trials(sweepId: string): Promise<TrialView[]> {
    return (await this.call(TrialList, paths.sweepTrials(encodeURIComponent(sweepId)))).trials;
  }

  trial(trialId: string): Promise<TrialView> {
    return this.call(TrialView, paths.trial(encodeURIComponent(trialId)));
  }

  async epochs(trialId: string): Promise<EpochView[]> {
    return (await this.call(EpochList, paths.epochs(encodeURIComponent(trialId)))).epochs;
  }

  /** Held-out translations of a committed epoch. @throws NotFound */
  async translations(trialId: string, epoch: number): Promise<SampleTranslation[]> {
    const path = paths.translations(encodeURIComponent(trialId), epoch);
    return (await this.call(TranslationList, path)).translations;
  }

  /** Submits a sweep whose corpus is named by digest. */
  submit(yaml: string): Promise<SweepView> {
    return this.call(SweepView, paths.sweeps, yamlBody(yaml));
  }

  /** What that sweep would come to. */
  preview(yaml: string): Promise<Preview> {
    return this.call(Preview, paths.preview, yamlBody(yaml));
  }

  cancel(sweepId: string): Promise<SweepView> {
    return this.call(SweepView, paths.cancel(encodeURIComponent(sweepId)), { method: 'POST' });
  }

  best(sweepId: string): Promise<BestBundle> {
    return this.call(BestBundle, paths.best(encodeURIComponent(sweepId)));
  }

  /** @throws InvalidInput for an option that is not allowed */
  async translate(sweepId: string, request: z.input<typeof TranslateRequest>): Promise<TranslateResponse> {
    const whole = parseInput(TranslateRequest, request, 'translate');
    return this.call(TranslateResponse, paths.translate(encodeURIComponent(sweepId)), {
      ...jsonBody(toJson(TranslateRequest, whole)),
      seconds: translateSeconds,
    });
  }

  /** @returns undefined when the API does not have it */
  corpus(digest: string): Promise<CorpusRecord | undefined> {
    return this.ifFound(CorpusRecord, paths.corpus(digest));
  }

  /** @returns undefined while there is no dataset, or when an earlier version made it */
  dataset(sweepId: string): Promise<DatasetReport | undefined> {
    return this.ifFound(DatasetReport, paths.dataset(encodeURIComponent(sweepId)));
  }

  uploadCorpus(digest: string, about: CorpusUpload, pairs: Readable): Promise<CorpusRecord> {
    return this.call(CorpusRecord, `${paths.corpus(digest)}?${new URLSearchParams(about)}`, {
      method: 'PUT',
      headers: { 'content-type': 'text/tab-separated-values' },
      body: pairs,
      seconds: uploadSeconds,
    });
  }

  /**
   * One request to the API, with its token.
   * @throws what the API answered; Unavailable when it does not answer; Cancelled at Ctrl-C
   */
  async request(path: string, settings: RequestSettings = {}): Promise<Response> {
    const { method = 'GET', headers, body, seconds } = settings;
    const limits = [
      this.interrupted,
      ...(settings.signal ? [settings.signal] : []),
      ...(seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)]),
    ];
    const token = this.address.token;
    let response: Response;
    try {
      response = await fetch(`${this.address.url}${path}`, {
        method,
        // Followed, a request would lose its method or its token.
        redirect: 'manual',
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.any(limits),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Readable.toWeb(body) }),
        ...(body instanceof Readable ? { duplex: 'half' as const } : {}),
      });
    } catch (cause) {
      throw this.noAnswer(cause, body instanceof Readable);
    }
    if (!response.ok) throw await this.refusal(path, response);
    return response;
  }

  /** One request whose answer has a schema. @throws as `request` does */
  async call<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    settings: RequestSettings = {},
  ): Promise<z.output<Schema>> {
    const response = await this.request(path, { seconds: requestSeconds, ...settings });
    const text = await this.textOf(response);
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/')) throw this.notOurs(path, type);
    return fromJson(schema, text, `the answer to ${path}`);
  }

  private async ifFound<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
  ): Promise<z.output<Schema> | undefined> {
    try {
      return await this.call(schema, path);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** The error for a success of something else, such as the page of a login. */
  notOurs(path: string, type: string): Corrupt {
    const given = type === '' ? 'no content type' : type;
    return new Corrupt(
      `${this.address.url} answered ${path} with ${given}: is it a honyaku API, or a proxy's own page?`,
    );
  }

  private async refusal(path: string, response: Response): Promise<Error> {
    const { status, headers } = response;
    const text = await this.textOf(response);
    return refusalOf({ apiUrl: this.address.url, path, status, location: headers.get('location'), text });
  }

  private async textOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (cause) {
      throw this.noAnswer(cause);
    }
  }

  /** The error for a request that got no whole answer. */
  private noAnswer(cause: unknown, streamed = false): Error {
    if (this.interrupted.aborted) return new Cancelled('interrupted', { cause });
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    if (streamed && wasCut(cause))
      return new Unavailable(
        `the connection to ${this.address.url} was cut while it was written to: the API went away, or a proxy on the way refuses the size (nginx: client_max_body_size)`,
        { cause },
      );
    return new Unavailable(
      late
        ? `the API at ${this.address.url} did not answer in time`
        : `the API at ${this.address.url} cannot be reached${reasonOf(cause)}: ${howToStart}`,
      { cause },
    );
  }
}

/** Whether the other side closed a connection that stood. */
/** What the system says of a connection that failed, such as ENOTFOUND. */
function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return typeof code === 'string' ? ` (${code})` : '';
}

function wasCut(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET';
}

function yamlBody(body: string): RequestSettings {
  return { method: 'POST', headers: { 'content-type': 'application/yaml' }, body };
}

/** Of a POST request. */
export function jsonBody(body: string): RequestSettings {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}
