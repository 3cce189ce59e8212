/** Our greedy translation of the first so many sentences, all in one call. */
import { fromJson } from '@honyaku/contracts';
import { beamSearch, greedy, Seq2Seq } from '@honyaku/model';
import { readFile } from 'node:fs/promises';
import { benchDataset } from '../bench-dataset.ts';
import { benchNetwork } from './network.ts';
import { DecodeArguments, SentencesRequest, Sources } from '../protocol.ts';
import { answerLines } from './lines.ts';

const paths = fromJson(DecodeArguments, process.argv[2] ?? '', 'first argument');
const { network: name, beamSize, maxTokens } = paths;
const { vocabularySize } = await benchDataset(name, () => undefined);
const network = await Seq2Seq.load(paths.weights, benchNetwork(name, vocabularySize));
const sources = fromJson(Sources, await readFile(paths.sources, 'utf8'), paths.sources);

/** The beam that Hugging Face's `generate` and CTranslate2 search with. */
function searched(chosen: typeof sources): readonly (readonly number[])[] {
  const options = { beamSize, maxTokens, lengthPenalty: 0, normalize: 1, patience: 1 };
  return beamSearch(network, chosen, options).map(([best]) => best?.ids ?? []);
}

await answerLines(SentencesRequest, ({ sentences }) => {
  const started = performance.now();
  const chosen = sources.slice(0, sentences);
  const ids = beamSize === 1 ? greedy(network, chosen, { maxTokens }) : searched(chosen);
  return { milliseconds: performance.now() - started, ids };
});
