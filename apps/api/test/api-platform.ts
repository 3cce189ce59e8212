/** The control API with real Redis and a real object store; only the training is played (FakeTrainer). */
import {
  ApiEnvironment,
  CorpusRecord,
  ErrorBody,
  type ReindexResult,
  ReindexState,
  SweepView,
  TrialList,
  type TrialView,
  routes,
  urlOf,
} from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type LocalStack, connectionsOf } from '@honyaku/local-stack';
import { FakeTrainer, type Script, sha256 } from '@honyaku/local-stack/fake-trainer';
import { TestPlatform } from '@honyaku/local-stack/test-platform';
import { pino } from 'pino';
import { type z } from 'zod';
import { type RunningApi, startApi } from '../src/application.ts';
import { EventReader } from './event-reader.ts';

export const pairs = Array.from({ length: 20 }, (_, n) => `犬 ${n}\ta dog ${n}\n`).join('');
export const digest = sha256(pairs);
export const corpusQuery = new URLSearchParams({
  name: 'dogs',
  licence: 'CC0',
  sourceLanguage: 'ja',
  targetLanguage: 'en',
});
export const tsv = { 'content-type': 'text/tab-separated-values' };
export const json = { 'content-type': 'application/json' };
export const silent = pino({ level: 'silent' });

/** Trial n starts at 100 / n and improves by one an epoch. */
export const improving: Script['perplexity'] = ({ trialId, epoch }) =>
  100 / Number(trialId.slice(-4)) - epoch;

/** Something that others wait for. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

const anyPort = { HONYAKU_API_PORT: '0' };

type Headers = Record<string, string>;

export class ApiPlatform extends TestPlatform {
  private constructor(
    stack: LocalStack,
    public api: RunningApi,
  ) {
    super(stack);
  }

  static async open(): Promise<ApiPlatform> {
    const stack = await TestPlatform.startStack();
    const variables = { ...connectionsOf(stack.redis.url, stack.bucket), ...anyPort };
    const platform = new ApiPlatform(stack, await startApi(ApiEnvironment.parse(variables), silent));
    await platform.uploadCorpus();
    return platform;
  }

  /** Stores the corpus of the tests. */
  uploadCorpus(): Promise<CorpusRecord> {
    return this.call(CorpusRecord, 'PUT', `${urlOf(routes.corpus, { digest })}?${corpusQuery}`, pairs, tsv);
  }

  override async close(): Promise<void> {
    await this.api.close();
    await super.close();
  }

  /** The environment variables of an API of this platform. */
  variables(settings: Record<string, string> = {}): Record<string, string> {
    return { ...this.connections, ...anyPort, ...settings };
  }

  environment(settings?: Record<string, string>): ApiEnvironment {
    return ApiEnvironment.parse(this.variables(settings));
  }

  start(settings?: Record<string, string>): Promise<RunningApi> {
    return startApi(this.environment(settings), silent);
  }

  request(method: string, path: string, body?: string, headers: Headers = {}): Promise<Response> {
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(60_000) };
    return fetch(`${this.api.url}${path}`, body === undefined ? init : { ...init, body });
  }

  async call<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: string,
    headers?: Headers,
  ): Promise<z.output<Schema>> {
    const response = await this.request(method, path, body, headers);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return schema.parse(JSON.parse(text));
  }

  async refusal(method: string, path: string, body?: string, headers?: Headers) {
    const response = await this.request(method, path, body, headers);
    return { status: response.status, ...ErrorBody.parse(await response.json()) };
  }

  /** Of a dataset without a dev set, unless the settings have another, so that the last epoch's flow is the last one. */
  submit(settings: { readonly dataset?: object; readonly [name: string]: unknown }): Promise<SweepView> {
    const dataset = { split: 'random', ...settings.dataset };
    const spec = { name: 'test', corpus: { digest }, epochs: 2, ...settings, dataset };
    return this.call(SweepView, 'POST', routes.sweeps.path, JSON.stringify(spec), json);
  }

  /** The sweep once it has ended, as the event stream tells. */
  async ended(id: string): Promise<SweepView> {
    const events = await EventReader.open(`${this.api.url}${routes.events.path}?sweep=${id}`);
    const last = await events.until((event) => event.type === 'sweep' && event.sweep.endedAt !== undefined);
    events.close();
    if (last.type !== 'sweep') throw new Error('until() gave another event');
    return last.sweep;
  }

  /** Brings the sweeps of the bucket back, and waits for it. */
  async reindex(url = this.api.url): Promise<ReindexResult> {
    const answer = await fetch(`${url}${routes.reindexState.path}`, { method: 'POST' });
    if (answer.status !== 202) throw new Error(`reindex: ${answer.status} ${await answer.text()}`);
    const wait = { what: 'end of the reindexing', seconds: 240, everyMilliseconds: 50 };
    const { state, reason, result } = await until(wait, async () => {
      const now = ReindexState.parse(await (await fetch(`${url}${routes.reindexState.path}`)).json());
      return now.state === 'running' ? undefined : now;
    });
    if (!result) throw new Error(`reindex ${state}: ${reason}`);
    return result;
  }

  async trials(id: string): Promise<TrialView[]> {
    return (await this.call(TrialList, 'GET', urlOf(routes.sweepTrials, { id }))).trials;
  }

  async withTrainer(script: Script, test: (trainer: FakeTrainer) => Promise<void>): Promise<void> {
    const trainer = new FakeTrainer(this.objects, this.redis.url, script);
    try {
      await test(trainer);
    } finally {
      await trainer.stop();
    }
  }
}
