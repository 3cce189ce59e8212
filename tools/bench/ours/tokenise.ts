/** Our tokenizers, as a worker runs them, on the first so many pairs of a corpus. */
import { Bug, fromJson } from '@honyaku/contracts';
import { BlockEncoders, CorpusIndex, type EncodedPair, pairsIn, type SkipReason } from '@honyaku/data';
import { SentencesRequest, TokeniseArguments } from '../protocol.ts';
import { answerLines } from './lines.ts';

const { corpus, threads, ...models } = fromJson(TokeniseArguments, process.argv[2] ?? '', 'first argument');
const { indexed } = await CorpusIndex.open(corpus);
const encoders = await BlockEncoders.open({ indexed, models, maxTokens: Number.MAX_SAFE_INTEGER }, threads);

await answerLines(SentencesRequest, async ({ sentences }) => {
  const lines = Uint32Array.from({ length: sentences }, (_, line) => line);
  const pairs: (EncodedPair | SkipReason)[] = [];
  const started = performance.now();
  for await (const block of encoders.encode(lines, false)) pairs.push(...pairsIn(block));
  const milliseconds = performance.now() - started;
  const idsOf = (side: 'sourceIds' | 'targetIds') =>
    pairs.map((pair) => {
      if (typeof pair === 'string') throw new Bug(`a pair was left out: ${pair}`);
      return [...pair[side]];
    });
  return { milliseconds, ids: [...idsOf('sourceIds'), ...idsOf('targetIds')] };
});
await encoders.close();
