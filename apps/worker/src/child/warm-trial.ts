import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type DatasetManifest, type Sha256, type TrialConfig, withDefaults } from '@honyaku/contracts';
import { openSplit, openTokenizer, type Split, type Tokenizer, type TokenizerFiles } from '@honyaku/data';
import { isFrozenBy, networkOf, Seq2Seq, Trainer } from '@honyaku/model';

/** A cache of one entry. */
class LastOf<Value> {
  private last: { readonly key: string; readonly value: Value } | undefined;

  async of(key: string, open: () => Promise<Value>): Promise<Value> {
    if (this.last?.key !== key) this.last = { key, value: await open() };
    return this.last.value;
  }
}

interface Training {
  readonly network: Seq2Seq;
  readonly trainer: Trainer;
}

/**
 * State that stays in memory between jobs, so that a trial's next epoch and its evaluation start at once. Weights
 * are identified by the sha256 of the file that they were written to, so stale ones are never used by mistake; a
 * trainer also by its settings, since all networks that diverged to NaN have the same bytes.
 */
export class WarmTrial {
  private training: (Training & { settings: string; model: Sha256 | undefined }) | undefined;
  private readonly splits = new LastOf<Split>();
  private readonly heldOutSplits = new LastOf<Split>();
  private readonly tokenizers = new LastOf<Tokenizer>();

  /** The network and trainer of the checkpoint, or initial ones if there is none; without optimiser state, a new trainer. */
  async resume(
    config: TrialConfig,
    vocabularySize: DatasetManifest['vocabularySize'],
    checkpoint:
      | { readonly model: { path: string; sha256: Sha256 }; readonly optimizer?: string | undefined }
      | undefined,
  ): Promise<Training> {
    const settings = JSON.stringify([config.hyperparameters, config.seed]);
    if (
      checkpoint?.optimizer !== undefined &&
      this.training?.model === checkpoint.model.sha256 &&
      this.training.settings === settings
    ) {
      this.training.model = undefined;
      return this.training;
    }
    this.dispose();
    const architecture = networkOf(config, vocabularySize);
    const network = checkpoint
      ? await Seq2Seq.load(checkpoint.model.path, architecture)
      : Seq2Seq.initialise(architecture, config.seed);
    const trainer = new Trainer(network, {
      ...config.hyperparameters,
      seed: config.seed,
      isFrozen: isFrozenBy(withDefaults(config.hyperparameters)),
    });
    this.training = { network, trainer, settings, model: undefined };
    if (checkpoint?.optimizer !== undefined) await trainer.loadOptimizer(checkpoint.optimizer);
    return this.training;
  }

  /** Records that the weights in memory are those of this file. */
  async keepAs(modelPath: string): Promise<Sha256> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(modelPath), hash);
    const sha256 = hash.digest('hex');
    if (this.training) this.training.model = sha256;
    return sha256;
  }

  /** Calls `use` with a network of these weights: the one in memory if it has them. */
  async withNetwork<Result>(
    config: TrialConfig,
    vocabularySize: DatasetManifest['vocabularySize'],
    model: { readonly path: string; readonly sha256: Sha256 },
    use: (network: Seq2Seq) => Promise<Result>,
  ): Promise<Result> {
    if (this.training?.model === model.sha256) return use(this.training.trainer.model);
    const network = await Seq2Seq.load(model.path, networkOf(config, vocabularySize));
    try {
      return await use(network);
    } finally {
      network.dispose();
    }
  }

  trainSplit(shards: readonly string[]): Promise<Split> {
    return this.splits.of(shards.join('\n'), () => openSplit(shards));
  }

  heldOutSplit(shards: readonly string[]): Promise<Split> {
    return this.heldOutSplits.of(shards.join('\n'), () => openSplit(shards));
  }

  targetTokenizer({ target, vocabulary }: TokenizerFiles): Promise<Tokenizer> {
    return this.tokenizers.of(`${target}\n${vocabulary}`, () => openTokenizer(target, vocabulary));
  }

  private dispose(): void {
    this.training?.trainer.dispose();
    this.training?.network.dispose();
    this.training = undefined;
  }
}
