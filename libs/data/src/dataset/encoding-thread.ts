/** Encodes blocks of a corpus, one after the other, for the thread that started this one. */
import { parentPort, workerData } from 'node:worker_threads';
import { Bug, kindOf, messageOf } from '@honyaku/contracts';
import { openEncoders } from '../tokenizer/unigram-encoder.ts';
import { CorpusIndex } from './corpus-index.ts';
import { type BlockRequest, encodeBlock } from './encoded-block.ts';
import { type EncodingTask, type FromEncodingThread } from './block-encoders.ts';

const port = parentPort;
if (!port) throw new Bug('an encoding thread was started outside a worker thread');

const { indexed, models, maxTokens }: EncodingTask = workerData;
// Messages wait in the port until there is a listener. An error of the models is the answer to each block.
const context = openEncoders(models).then(({ source, target }) => ({
  corpus: new CorpusIndex(indexed),
  encode: { source: source.encode, target: target.encode },
  maxTokens,
}));

port.on('message', (request: BlockRequest) => void answer(request));

async function answer(request: BlockRequest): Promise<void> {
  let message: FromEncodingThread;
  try {
    message = { block: encodeBlock(await context, request) };
  } catch (error) {
    const bug = kindOf(error) === 'Bug' && error instanceof Error ? error.stack : undefined;
    message = { kind: kindOf(error), message: bug ?? messageOf(error) };
  }
  const arrays = 'block' in message ? [message.block.ids, message.block.lengths, message.block.lines] : [];
  port?.postMessage(
    message,
    arrays.map(({ buffer }) => buffer),
  );
}
