/**
 * Translates with a sweep's best checkpoint, in a child process that starts with the first request and
 * ends when nobody has asked for a while: tensor work would hold up everything else the API does.
 */
import {
  Bug,
  type BundleConfig,
  Cancelled,
  ChildLost,
  Corrupt,
  type TranslateRequest,
  type TranslateResponse,
  Unavailable,
} from '@honyaku/contracts';
import { type LocalBundle, type Translate, type Translated } from './requests.ts';

/** A started child, which takes one request after the other. */
export interface TranslatingChild {
  /**
   * Aborting ends the request, at its next sentences when it is under way; the next one finds the bundle loaded.
   * @throws ChildLost; Cancelled
   */
  translate(request: Translate, signal?: AbortSignal): Promise<Translated>;
  stop(): Promise<void>;
}

export interface BundleSource {
  /** @throws NotFound when there is no best checkpoint yet */
  config(sweepId: string): Promise<BundleConfig>;
  /** Path of a local copy. @throws Corrupt when the file is not the one that the config names */
  fetch(config: BundleConfig, name: keyof BundleConfig['files']): Promise<string>;
  /** Removes the local copies. */
  clear(): Promise<void>;
}

/** A bundle that is being replaced while it is fetched is whole again a moment later. */
const fetchTries = 3;

/** How much is taken on; what is more is told to come again. */
export interface TranslatorLimits {
  /** Requests under way, those that wait among them. */
  readonly requests: number;
  /** Of a request, from its arrival. */
  readonly seconds: number;
  /** A child that nobody has asked for so long ends. */
  readonly idleMilliseconds: number;
}

const usualLimits: TranslatorLimits = { requests: 16, seconds: 60, idleMilliseconds: 5 * 60_000 };

export class Translator {
  private child: TranslatingChild | undefined;
  private idle: NodeJS.Timeout | undefined;
  private underWay = 0;
  private readonly limits: TranslatorLimits;

  constructor(
    private readonly bundles: BundleSource,
    private readonly startChild: () => TranslatingChild,
    limits: Partial<TranslatorLimits> = {},
  ) {
    this.limits = { ...usualLimits, ...limits };
  }

  /**
   * @param maxTokens tokens after which a translation is cut, unless the request says so
   * @param gone aborts when nobody waits for the answer any more
   * @throws NotFound when there is no best checkpoint yet; Unavailable when too many wait or it takes too long;
   *   Cancelled
   */
  async translate(
    sweepId: string,
    request: TranslateRequest,
    maxTokens: number,
    gone: AbortSignal = new AbortController().signal,
  ): Promise<TranslateResponse> {
    const { requests, seconds } = this.limits;
    if (this.underWay >= requests)
      throw new Unavailable(`${requests} translations are under way already; try again in a moment`);
    clearTimeout(this.idle);
    const late = AbortSignal.timeout(seconds * 1000);
    const signal = AbortSignal.any([gone, late]);
    this.underWay += 1;
    try {
      const { config, bundle } = await this.bundle(sweepId);
      const { outputs } = await this.translated({ bundle, request, maxTokens }, signal);
      const translations = request.sentences.map((source, at) => {
        const translated = outputs[at];
        if (!translated) throw new Bug('the translating child gave too few sentences');
        const { output, truncated } = translated;
        return { source, output, ...(truncated ? { truncated } : {}) };
      });
      return { trialId: config.trialId, epoch: config.epoch, translations };
    } catch (error) {
      if (!late.aborted || gone.aborted) throw error;
      throw new Unavailable(
        `the translation did not end within ${seconds} s, those before it among them; send fewer sentences, or try again when less is asked for`,
        { cause: error },
      );
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) {
        this.idle = setTimeout(() => void this.stopChild(), this.limits.idleMilliseconds);
        this.idle.unref();
      }
    }
  }

  /** Whoever is stopped need not wait for its turn. A child that something else has killed is replaced once. */
  private async translated(request: Translate, signal: AbortSignal): Promise<Translated> {
    const stopped = new Promise<never>((_resolve, reject) => {
      const stop = () => reject(new Cancelled('the translation was stopped'));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    const ask = () => {
      this.child ??= this.startChild();
      return Promise.race([this.child.translate(request, signal), stopped]);
    };
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ChildLost) || signal.aborted) throw error;
      return await ask();
    }
  }

  /** Ends the child and removes what was fetched. */
  async stop(): Promise<void> {
    clearTimeout(this.idle);
    await this.stopChild();
    await this.bundles.clear();
  }

  private async stopChild(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    await child?.stop();
  }

  private async bundle(sweepId: string): Promise<{ config: BundleConfig; bundle: LocalBundle }> {
    for (let tries = 1; ; tries += 1) {
      const config = await this.bundles.config(sweepId);
      const { network, hyperparameters, vocabularySize } = config;
      try {
        const [model, source, target] = await Promise.all([
          this.bundles.fetch(config, 'model'),
          this.bundles.fetch(config, 'source'),
          this.bundles.fetch(config, 'target'),
        ]);
        return { config, bundle: { model, source, target, network, hyperparameters, vocabularySize } };
      } catch (error) {
        if (!(error instanceof Corrupt) || tries === fetchTries) throw error;
      }
    }
  }
}
