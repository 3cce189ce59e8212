/** Our tokenizers on the first so many sentences of each language. */
import { fromJson } from '@honyaku/contracts';
import { openTokenizer } from '@honyaku/data';
import { readFile } from 'node:fs/promises';
import { SentencesRequest, Texts, TokeniseArguments } from '../protocol.ts';
import { answerLines } from './lines.ts';

const paths = fromJson(TokeniseArguments, process.argv[2] ?? '', 'first argument');
const [source, target] = [await openTokenizer(paths.source), await openTokenizer(paths.target)];
const texts = fromJson(Texts, await readFile(paths.texts, 'utf8'), paths.texts);

await answerLines(SentencesRequest, ({ sentences }) => {
  const [sources, targets] = [texts.source.slice(0, sentences), texts.target.slice(0, sentences)];
  const started = performance.now();
  const ids = [...sources.map(source.encode), ...targets.map(target.encode)];
  return { milliseconds: performance.now() - started, ids };
});
