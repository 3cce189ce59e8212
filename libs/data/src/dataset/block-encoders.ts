/**
 * Encodes the pairs of a corpus on several processors, in the order in which they are asked for: blocks of lines go to
 * worker threads in turn, few at a time, so that memory does not grow with the corpus.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Bug, type ErrorKind, errorOfKind } from '@honyaku/contracts';
import { type TokenizerFiles } from '../tokenizer/joint-vocabulary.ts';
import { openEncoders } from '../tokenizer/unigram-encoder.ts';
import { CorpusIndex, type IndexedFile } from './corpus-index.ts';
import { type BlockRequest, type EncodedBlock, encodeBlock } from './encoded-block.ts';

export interface EncodingTask {
  /** The corpus. */
  readonly indexed: IndexedFile;
  readonly models: TokenizerFiles;
  /** Pairs with a longer side are left out. */
  readonly maxTokens: number;
}

export type FromEncodingThread =
  { readonly block: EncodedBlock } | { readonly kind: ErrorKind; readonly message: string };

/** Encodes blocks in the order in which it is given them. */
interface BlockEncoder {
  encode(request: BlockRequest): Promise<EncodedBlock>;
  close(): Promise<void>;
}

/** Pairs in a block; some milliseconds of work. */
const pairsPerBlock = 500;
/** Blocks that each encoder is given ahead of their use, so that it has work while a shard is written. */
const blocksAhead = 16;

export class BlockEncoders {
  private constructor(private readonly encoders: readonly BlockEncoder[]) {}

  /**
   * @param threads how many encode; with 1, it is the thread that asks
   * @throws what `openEncoder` throws; with more than one thread, when the first block is encoded
   */
  static async open(task: EncodingTask, threads: number): Promise<BlockEncoders> {
    if (threads <= 1) return new BlockEncoders([await ownThread(task)]);
    return new BlockEncoders(Array.from({ length: threads }, () => new EncodingThread(task)));
  }

  /**
   * The blocks of some lines, in their order.
   * @throws the first error of a block; the encoders are to be closed then
   */
  async *encode(lines: Uint32Array, withText: boolean): AsyncGenerator<EncodedBlock> {
    const ahead: Promise<EncodedBlock>[] = [];
    let turn = 0;
    for (let start = 0; start < lines.length; start += pairsPerBlock) {
      const encoder = this.encoders[turn++ % this.encoders.length];
      if (!encoder) throw new Bug('there are no encoders');
      const block = encoder.encode({ lines: lines.slice(start, start + pairsPerBlock), withText });
      // Its error is thrown in its turn, if it comes to that.
      block.catch(() => undefined);
      ahead.push(block);
      const oldest = ahead.length < blocksAhead * this.encoders.length ? undefined : ahead.shift();
      if (oldest) yield await oldest;
    }
    for (const block of ahead) yield await block;
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    await Promise.all(this.encoders.map((encoder) => encoder.close()));
  }
}

async function ownThread({ indexed, models, maxTokens }: EncodingTask): Promise<BlockEncoder> {
  const { source, target } = await openEncoders(models);
  const corpus = new CorpusIndex(indexed);
  const context = { corpus, encode: { source: source.encode, target: target.encode }, maxTokens };
  return {
    encode: async (request) => {
      // Other work gets its turn between blocks.
      await yieldToEventLoop();
      return encodeBlock(context, request);
    },
    close: () => Promise.resolve(corpus.close()),
  };
}

const script = new URL('./encoding-thread.mjs', import.meta.url);

interface Answer {
  readonly resolve: (block: EncodedBlock) => void;
  readonly reject: (error: Error) => void;
}

class EncodingThread implements BlockEncoder {
  readonly #worker: Worker;
  /** Of the blocks that it was given, the oldest first. */
  readonly #answers: Answer[] = [];
  /** Why it has ended. */
  #end: Error | undefined;

  constructor(task: EncodingTask) {
    this.#worker = new Worker(script, { workerData: task, execArgv: [] });
    this.#worker.on('message', (message: FromEncodingThread) => {
      const answer = this.#answers.shift();
      if ('block' in message) answer?.resolve(message.block);
      else answer?.reject(errorOfKind(message.kind, message.message));
    });
    this.#worker.on('error', (cause) =>
      this.#endWith(new Bug(`an encoding thread failed: ${cause.message}`, { cause })),
    );
    this.#worker.on('exit', () => this.#endWith(new Bug('an encoding thread has ended')));
  }

  encode(request: BlockRequest): Promise<EncodedBlock> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.#answers.push({ resolve, reject });
      this.#worker.postMessage(request, [request.lines.buffer]);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #endWith(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#answers.splice(0)) reject(this.#end);
  }
}
