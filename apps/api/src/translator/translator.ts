/**
 * Translates with a sweep's best checkpoint, in a child process that starts with the first request and ends after some
 * idle time: tensor work would block the API's event loop.
 */
import {
  Bug,
  type BundleConfig,
  Cancelled,
  ChildLost,
  Corrupt,
  maxSentenceLength,
  type StoredFile,
  type TranslateRequest,
  type TranslateResponse,
  Unavailable,
} from '@honyaku/contracts';
import { isInvisible } from '@honyaku/data';
import {
  type LocalBundle,
  type Translate,
  type Translated,
  type TranslatingChild,
  type TranslationLimits,
} from './translating-child.ts';

export interface BundleSource {
  /** @throws NotFound when there is no best checkpoint yet */
  config(sweepId: string): Promise<BundleConfig>;
  /** Returns the path of a local copy. @throws Corrupt when the file's checksum is not the config's */
  fetch(config: BundleConfig, file: StoredFile): Promise<string>;
  /** Removes the local copies. */
  clear(): Promise<void>;
}

/** A bundle that is replaced while it is fetched is consistent again a moment later. */
const fetchTries = 3;

/** Limits of the translator; requests beyond them are refused with `Unavailable`. */
export interface TranslatorLimits {
  /** Concurrent requests, including those that wait for the child. */
  readonly requests: number;
  /** Time for a request, from its arrival. */
  readonly seconds: number;
  /** The child process ends after this time without a request. */
  readonly idleMilliseconds: number;
}

function isTooLong(sentence: string): boolean {
  return sentence.length > maxSentenceLength;
}

function isTranslated(sentence: string): boolean {
  return !isTooLong(sentence) && !isInvisible(sentence);
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
   * Blank and invisible sentences stay blank; one that is too long is not translated, and marked.
   * @param limits of the translations, unless the request sets one
   * @param disconnected aborts when the client has disconnected
   * @throws NotFound when there is no best checkpoint yet; Unavailable when too many requests are active or this one
   *   takes too long; Cancelled when the client has disconnected
   */
  async translate(
    sweepId: string,
    request: TranslateRequest,
    limits: TranslationLimits,
    disconnected: AbortSignal = new AbortController().signal,
  ): Promise<TranslateResponse> {
    const { requests, seconds } = this.limits;
    if (this.underWay >= requests)
      throw new Unavailable(`${requests} translations are under way already; try again in a moment`);
    clearTimeout(this.idle);
    const late = AbortSignal.timeout(seconds * 1000);
    const signal = AbortSignal.any([disconnected, late]);
    this.underWay += 1;
    try {
      const { config, bundle } = await this.bundle(sweepId);
      // Of a sentence without text, a network would make one of its favourite sentences.
      const sentences = request.sentences.filter(isTranslated);
      const { outputs } =
        sentences.length === 0
          ? { outputs: [] }
          : await this.translated({ bundle, request: { ...request, sentences }, limits }, signal);
      const remaining = outputs.values();
      const translations = request.sentences.map((source) => {
        if (isTooLong(source)) return { source, output: '', tooLong: true as const };
        if (!isTranslated(source)) return { source, output: '' };
        const { value: translated } = remaining.next();
        if (!translated) throw new Bug('the translating child returned too few translations');
        const { output, truncated } = translated;
        return { source, output, ...(truncated ? { truncated } : {}) };
      });
      return { trialId: config.trialId, epoch: config.epoch, translations };
    } catch (error) {
      // Another error has its own reason, such as a bucket that does not answer.
      if (!(error instanceof Cancelled) || disconnected.aborted) throw error;
      throw new Unavailable(
        `the translation did not end within ${seconds} s, including its wait for earlier requests; send fewer sentences, or try again later`,
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

  /** A cancelled request returns at once, even while others are ahead of it. A killed child is replaced once. */
  private async translated(request: Translate, signal: AbortSignal): Promise<Translated> {
    const stopped = new Promise<never>((_resolve, reject) => {
      const stop = () => reject(new Cancelled('the translation was cancelled'));
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

  /** Ends the child and removes the local copies of bundles. */
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
      const { hyperparameters, vocabularySize, files } = config;
      try {
        const [model, source, target, vocabulary] = await Promise.all([
          this.bundles.fetch(config, files.model),
          this.bundles.fetch(config, files.source),
          this.bundles.fetch(config, files.target),
          files.vocabulary && this.bundles.fetch(config, files.vocabulary),
        ]);
        const tokenizers = { source, target, vocabulary };
        return { config, bundle: { model, tokenizers, hyperparameters, vocabularySize } };
      } catch (error) {
        if (!(error instanceof Corrupt) || tries === fetchTries) throw error;
      }
    }
  }
}
