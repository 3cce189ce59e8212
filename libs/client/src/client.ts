/** Typed calls of the control API. Each request has a time limit; refusals come back as the contracts' errors. */
import {
  Cancelled,
  type CorpusRecord,
  type CorpusUpload,
  Corrupt,
  type EmptyShape,
  type GivenParameters,
  NotFound,
  type Preview,
  type RouteDeclaration,
  type RouteWith,
  type Shape,
  type StartFile,
  StartModel,
  type StartRecord,
  type SweepView,
  TranslateRequest,
  type TranslateResponse,
  Unavailable,
  answerSeconds,
  corpusType,
  fileType,
  fromJson,
  jsonType,
  parseInput,
  routes,
  toJson,
  urlOf,
  yamlTypes,
  codeOf,
} from '@honyaku/contracts';
import { type z } from 'zod';
import { refusalOf } from './refusals.ts';

/** The first translation loads the model. */
const translateSeconds = 180;
const uploadSeconds = 3600;

export const howToStart =
  'start one with `honyaku up`, or name one by --api or HONYAKU_API_URL (and HONYAKU_API_TOKEN)';

export interface ApiAddress {
  /** Without a slash at its end; a path before the API's own, such as a proxy has, is part of it. */
  readonly url: string;
  readonly token?: string | undefined;
}

export interface RequestSettings {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream;
  /** Limit of the whole request, its answer's body included. */
  readonly seconds?: number;
  /** Ends this request, beside what ends all. */
  readonly signal?: AbortSignal;
}

/** A route whose answer is JSON. */
type JsonRoute<Answer extends z.ZodType, Params extends Shape, Query extends Shape> = RouteWith<
  Params,
  Query
> & { readonly answers: Answer };

export class ApiClient {
  constructor(
    readonly address: ApiAddress,
    /** Ends every request under way, e.g. at Ctrl-C. */
    private readonly interrupted: AbortSignal = new AbortController().signal,
    /** Limit of a call that names none. */
    private readonly seconds = answerSeconds,
  ) {}

  /** One request whose answer is JSON. @throws as `send` does; Corrupt when the answer is not the route's */
  async call<Answer extends z.ZodType, Params extends Shape = EmptyShape, Query extends Shape = EmptyShape>(
    route: JsonRoute<Answer, Params, Query>,
    given: GivenParameters<Params> & GivenParameters<Query>,
    settings: RequestSettings = {},
  ): Promise<z.output<Answer>> {
    const path = urlOf<Params, Query>(route, given);
    const response = await this.send(path, {
      seconds: this.seconds,
      ...settings,
      method: route.method,
    });
    const text = await this.textOf(response);
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/')) throw this.notOurs(path, type);
    return fromJson(route.answers, text, `the answer to ${path}`);
  }

  /** As `call`, but undefined when the API does not have it. */
  async find<Answer extends z.ZodType, Params extends Shape = EmptyShape, Query extends Shape = EmptyShape>(
    route: JsonRoute<Answer, Params, Query>,
    given: GivenParameters<Params> & GivenParameters<Query>,
  ): Promise<z.output<Answer> | undefined> {
    try {
      return await this.call(route, given);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** Submits a sweep, whose corpus is named by digest. */
  submit(yaml: string): Promise<SweepView> {
    return this.call(routes.submit, {}, yamlBody(yaml));
  }

  /** Plan of that sweep. */
  preview(yaml: string): Promise<Preview> {
    return this.call(routes.preview, {}, yamlBody(yaml));
  }

  /** @throws InvalidInput for an option that is not allowed */
  async translate(id: string, request: z.input<typeof TranslateRequest>): Promise<TranslateResponse> {
    const whole = parseInput(TranslateRequest, request, 'translate');
    return this.call(
      routes.translate,
      { id },
      { ...jsonBody(toJson(TranslateRequest, whole)), seconds: translateSeconds },
    );
  }

  uploadCorpus(digest: string, about: CorpusUpload, pairs: ReadableStream): Promise<CorpusRecord> {
    return this.call(
      routes.uploadCorpus,
      { digest, ...about },
      { headers: { 'content-type': corpusType }, body: pairs, seconds: uploadSeconds },
    );
  }

  uploadStartFile(sha256: string, file: ReadableStream): Promise<StartFile> {
    return this.call(
      routes.uploadStartFile,
      { sha256 },
      { headers: { 'content-type': fileType }, body: file, seconds: uploadSeconds },
    );
  }

  /** @param record of a model whose files are uploaded */
  storeStart({ digest, ...model }: StartRecord): Promise<StartRecord> {
    return this.call(routes.storeStart, { digest }, jsonBody(toJson(StartModel, model)));
  }

  /**
   * One request to the API, with its token.
   * @param path with its query, below the API's address
   * @throws what the API answered; Unavailable when it does not answer; Cancelled at Ctrl-C
   */
  async send(
    path: string,
    settings: RequestSettings & { readonly method?: RouteDeclaration['method'] } = {},
  ): Promise<Response> {
    const { method = 'GET', headers, body, seconds } = settings;
    const limits = [
      this.interrupted,
      ...(settings.signal ? [settings.signal] : []),
      ...(seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)]),
    ];
    const token = this.address.token;
    const isStreamed = body instanceof ReadableStream;
    const request = () =>
      fetch(`${this.address.url}${path}`, {
        method,
        // Followed, a request would lose its method or its token.
        redirect: 'manual',
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.any(limits),
        ...(body === undefined ? {} : { body }),
        ...(isStreamed ? { duplex: 'half' as const } : {}),
      });
    const response = await request()
      .catch((cause: unknown) => {
        // The server, or a proxy, may close a connection that was kept just as it is used again (RFC 9110, 9.2.2).
        if (method === 'GET' && wasCut(cause)) return request();
        throw cause;
      })
      .catch((cause: unknown) => {
        throw this.noAnswer(cause, isStreamed);
      });
    if (!response.ok) throw await this.refusal(path, response);
    return response;
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
  private noAnswer(cause: unknown, isStreamed = false): Error {
    if (this.interrupted.aborted) return new Cancelled('interrupted', { cause });
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    if (isStreamed && wasCut(cause))
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

/** The system's code for a connection that failed, such as ENOTFOUND. */
function connectionCodeOf(error: unknown): string | undefined {
  return codeOf(error instanceof Error ? error.cause : undefined);
}

function reasonOf(error: unknown): string {
  const code = connectionCodeOf(error);
  return code === undefined ? '' : ` (${code})`;
}

/** Whether the other side closed a connection that stood. */
function wasCut(error: unknown): boolean {
  const code = connectionCodeOf(error);
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET';
}

function yamlBody(body: string): RequestSettings {
  return { headers: { 'content-type': yamlTypes[0] }, body };
}

export function jsonBody(body: string): RequestSettings {
  return { headers: { 'content-type': jsonType }, body };
}
