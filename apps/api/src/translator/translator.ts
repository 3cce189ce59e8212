/**
 * Translates with a sweep's best checkpoint, in a child process that starts with the first request and
 * ends when nobody has asked for a while: tensor work would hold up everything else the API does.
 */
import {
  Bug,
  type BundleConfig,
  Corrupt,
  type TranslateRequest,
  type TranslateResponse,
} from '@honyaku/contracts';
import { type LocalBundle, type Translate, type Translated } from './requests.ts';

/** A started child; `translate` rejects when it takes too long or the child ends. */
export interface TranslatingChild {
  translate(request: Translate): Promise<Translated>;
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

export class Translator {
  private child: TranslatingChild | undefined;
  private idle: NodeJS.Timeout | undefined;
  private underWay = 0;

  constructor(
    private readonly bundles: BundleSource,
    private readonly startChild: () => TranslatingChild,
    private readonly idleMilliseconds = 5 * 60_000,
  ) {}

  /**
   * @param maxTokens tokens after which a translation is cut, unless the request says so
   * @throws NotFound when there is no best checkpoint yet; Unavailable when it takes too long
   */
  async translate(sweepId: string, request: TranslateRequest, maxTokens: number): Promise<TranslateResponse> {
    clearTimeout(this.idle);
    this.underWay += 1;
    try {
      const { config, bundle } = await this.bundle(sweepId);
      this.child ??= this.startChild();
      const { outputs } = await this.child.translate({ bundle, request, maxTokens });
      const translations = request.sentences.map((source, at) => {
        const translated = outputs[at];
        if (!translated) throw new Bug('the translating child gave too few sentences');
        const { output, truncated } = translated;
        return { source, output, ...(truncated ? { truncated } : {}) };
      });
      return { trialId: config.trialId, epoch: config.epoch, translations };
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) {
        this.idle = setTimeout(() => void this.stopChild(), this.idleMilliseconds);
        this.idle.unref();
      }
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
      const { hyperparameters, vocabularySize } = config;
      try {
        const [model, source, target] = await Promise.all([
          this.bundles.fetch(config, 'model'),
          this.bundles.fetch(config, 'source'),
          this.bundles.fetch(config, 'target'),
        ]);
        return { config, bundle: { model, source, target, hyperparameters, vocabularySize } };
      } catch (error) {
        if (!(error instanceof Corrupt) || tries === fetchTries) throw error;
      }
    }
  }
}
