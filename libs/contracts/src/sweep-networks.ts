/** The kinds of network that a sweep trains, and the vocabulary that its dataset needs for them. */
import { type DatasetSettings, storedDataset } from './dataset.ts';
import { InvalidInput } from './errors.ts';
import { defaultHyperparameters, withDefaults } from './hyperparameters.ts';
import { type SweepSpec } from './sweep-spec.ts';

type Networks = Pick<SweepSpec, 'parameters' | 'trialsByHand'>;

const defaultNetwork = withDefaults(defaultHyperparameters).network;

/** The values of `network` that trials of the sampler may have. */
export function drawnNetworks({ network = defaultNetwork }: SweepSpec['parameters']): ReadonlySet<unknown> {
  if (typeof network !== 'object') return new Set([network]);
  const values = network.type === 'choice' ? network.values : [];
  return new Set([...values, ...(network.when ? [defaultNetwork] : [])]);
}

function mayTrainTransformer({ parameters, trialsByHand }: Networks): boolean {
  const byHand = trialsByHand.some(({ hyperparameters }) => hyperparameters.network === 'transformer');
  return byHand || drawnNetworks(parameters).has('transformer');
}

/**
 * The settings of the dataset that are stored for a sweep that a person submits: those of `storedDataset`, with a joint
 * vocabulary by default where a trial may be a Transformer.
 */
export function storedDatasetOf({
  dataset,
  ...networks
}: Networks & Pick<SweepSpec, 'dataset'>): DatasetSettings {
  const { vocabulary = mayTrainTransformer(networks) ? 'joint' : 'separate' } = dataset;
  return storedDataset({ ...dataset, vocabulary });
}

/** @throws InvalidInput when a trial may be a Transformer and the vocabularies of the dataset are separate */
export function requireVocabularyFor({ dataset, ...networks }: Networks & Pick<SweepSpec, 'dataset'>): void {
  if (dataset.vocabulary !== 'joint' && mayTrainTransformer(networks))
    throw new InvalidInput(
      'dataset.vocabulary: is separate, but network: transformer has one vocabulary for both languages; ' +
        'submit the sweep with dataset.vocabulary: joint',
    );
}
