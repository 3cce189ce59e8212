/** The control API with real Redis and a real object store; only the training is played (FakeTrainer). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
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
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { pino } from 'pino';
import { type z } from 'zod';
import { type RunningApi, startApi } from '../src/application.ts';
import { EventReader } from './event-reader.ts';
import { FakeTrainer, type Script, sha256 } from '@honyaku/local-stack/fake-trainer';

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

type Headers = Record<string, string>;

export class House {
  private constructor(
    private readonly folder: string,
    readonly redis: EmbeddedRedis,
    readonly bucket: EmbeddedObjectStore,
    readonly objects: ObjectStore,
    public api: RunningApi,
  ) {}

  static async open(): Promise<House> {
    const folder = await mkdtemp(join(tmpdir(), 'honyaku-api-'));
    const [redis, bucket] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
    ]);
    const objects = new ObjectStore({ ...bucket, region: 'us-east-1' });
    const api = await startApi(ApiEnvironment.parse(variables(redis, bucket)), silent);
    const house = new House(folder, redis, bucket, objects, api);
    await house.call(CorpusRecord, 'PUT', `${urlOf(routes.corpus, { digest })}?${corpusQuery}`, pairs, tsv);
    return house;
  }

  async close(): Promise<void> {
    await this.api.close();
    await Promise.all([this.redis.stop(), this.bucket.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The environment variables of an API of this house. */
  variables(settings: Record<string, string> = {}): Record<string, string> {
    return { ...variables(this.redis, this.bucket), ...settings };
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

  submit(settings: object): Promise<SweepView> {
    const spec = { name: 'test', corpus: { digest }, epochs: 2, ...settings };
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
    for (;;) {
      const { state, reason, result } = ReindexState.parse(
        await (await fetch(`${url}${routes.reindexState.path}`)).json(),
      );
      if (result) return result;
      if (state !== 'running') throw new Error(`reindex ${state}: ${reason}`);
      await delay(50);
    }
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

function variables(redis: EmbeddedRedis, bucket: EmbeddedObjectStore): Record<string, string> {
  return {
    HONYAKU_REDIS_URL: redis.url,
    HONYAKU_S3_ENDPOINT: bucket.endpoint,
    HONYAKU_S3_BUCKET: bucket.bucket,
    AWS_ACCESS_KEY_ID: bucket.accessKey,
    AWS_SECRET_ACCESS_KEY: bucket.secretKey,
    HONYAKU_API_PORT: '0',
  };
}
