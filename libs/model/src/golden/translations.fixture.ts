/** Translations by networks of each kind, to compare those of two processes with different kernels. */
import { join } from 'node:path';
import { backend } from '@honyaku/kernels/tensorflow';
import { greedy } from '../decoding/decode.ts';
import { scorePairs, translateWithAttention } from '../decoding/forced.ts';
import { architectures, manySources, type NamedNetwork } from '../decoding/trained-networks.fixture.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';

export interface Translations {
  readonly kind: string;
  /** Greedy, of each source. */
  readonly ids: readonly (readonly number[])[];
  /** Of each translation by the network itself. */
  readonly logProbabilities: readonly number[];
  /** Of each source a row for each token; none of a network without attention. */
  readonly attention: readonly (readonly (readonly number[])[])[];
  /** All that decoding ran, in alphabetical order. */
  readonly kernels: readonly string[];
}

const sources = manySources(70);
const limit = { maxTokens: 8 };

/** Writes each network's weights where `loadedTranslations` reads them. */
export async function saveNetworks(networks: readonly NamedNetwork[], folder: string): Promise<void> {
  for (const { kind, network } of networks) await network.save(fileOf(folder, kind));
}

/** Those of networks that another process saved. */
export async function loadedTranslations(folder: string): Promise<Translations[]> {
  const all: Translations[] = [];
  for (const [kind, architecture] of architectures) {
    const network = await Seq2Seq.load(fileOf(folder, kind), architecture);
    all.push(translationsBy({ kind, network }));
    network.dispose();
  }
  return all;
}

export function translationsBy({ kind, network }: NamedNetwork): Translations {
  const { kernels, result: ids } = kernelsIn(() => greedy(network, sources, limit));
  const attention = network.architecture.hasAttention
    ? translateWithAttention(network, sources, limit).map((each) => each.attention)
    : [];
  const pairs = sources.map((source, row) => ({ source, target: ids[row] ?? [] }));
  const logProbabilities = scorePairs(network, pairs).map(({ logProbability }) => logProbability);
  return { kind, ids, logProbabilities, attention, kernels };
}

function kernelsIn<Result>(run: () => Result): { kernels: string[]; result: Result } {
  const { binding } = backend;
  const names = new Set<string>();
  const executeOp: typeof binding.executeOp = (name, ...rest) => {
    names.add(name);
    return binding.executeOp(name, ...rest);
  };
  // The binding's own properties cannot be replaced.
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } });
  try {
    return { result: run(), kernels: [...names].sort() };
  } finally {
    backend.binding = binding;
  }
}

function fileOf(folder: string, kind: string): string {
  return join(folder, `${kind}.safetensors`);
}
