/** Our greedy translation of the first so many sentences, all in one call. */
import { fromJson } from '@honyaku/contracts';
import { greedy, Seq2Seq } from '@honyaku/model';
import { readFile } from 'node:fs/promises';
import { benchDataset } from '../bench-dataset.ts';
import { benchNetwork } from './network.ts';
import { DecodeArguments, SentencesRequest, Sources } from '../protocol.ts';
import { setting } from '../setting.ts';
import { answerLines } from './lines.ts';

const paths = fromJson(DecodeArguments, process.argv[2] ?? '', 'first argument');
const { vocabularySize } = await benchDataset('notebook', () => undefined);
const network = await Seq2Seq.load(paths.weights, benchNetwork('notebook', vocabularySize));
const sources = fromJson(Sources, await readFile(paths.sources, 'utf8'), paths.sources);
const { maxTokens } = setting.decode;

await answerLines(SentencesRequest, ({ sentences }) => {
  const started = performance.now();
  const ids = greedy(network, sources.slice(0, sentences), { maxTokens });
  return { milliseconds: performance.now() - started, ids };
});
