/**
 * Decoding of a batch, for networks of all kinds: keeps the state of its rows from step to step, and drops, doubles
 * and reorders rows as sentences end and beams fork.
 */
import { specialTokens } from '@honyaku/contracts';
import { gatherRows } from '../kernels/matrices.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import type { Rectangle } from './packing.ts';
import type { Weights } from './parameter.ts';

/**
 * Share of each source token, [rows, 1, source length]; made when asked for.
 * @param layer of the decoder, from 1 to the layers that attend
 */
export type StepAttention = (layer: number) => Tensor;

/** What one token of each row gives. */
export interface DecodingStep {
  /** Logits of the next token, [rows, vocabulary], in the order of token ids; made when asked for. */
  readonly scores: () => Tensor;
  /** Of a network without attention undefined. */
  readonly attention: StepAttention | undefined;
}

/** A running decoding, a row for each hypothesis; at first one for each source, in their order. */
export interface Decoding {
  /** Gives each row its next token. What `read` makes of the step must not be tensors: they end with it. */
  readonly step: <Result>(tokens: Int32Array, read: (step: DecodingStep) => Result) => Result;
  /** Goes on with these rows, in this order; a row may be named more than once. */
  readonly select: (rows: Int32Array) => void;
  readonly dispose: () => void;
}

/**
 * How a network decodes token by token. `State` changes with each token, `Memory` is computed once for each source;
 * both are opaque to all but the network. What hypotheses share in a state, such as a table that grows, `step` gives back
 * as a clone, since the state before ends with all its tensors.
 */
export interface StepwiseDecoder<State, Memory> {
  /** Before the first token, a row for each source. */
  readonly begin: (
    sources: Rectangle,
    weights: Weights,
  ) => { readonly state: State; readonly memory: Memory };
  /** Reads one token of each row. `hidden` is what the output layer takes, [rows, hidden]. */
  readonly step: (
    tokens: Int32Array,
    state: State,
    memory: Memory,
    weights: Weights,
  ) => { readonly hidden: Tensor; readonly attention: StepAttention | undefined; readonly after: State };
  readonly mapState: TensorMap<State>;
  readonly mapMemory: TensorMap<Memory>;
}

/** Held tensors with each of them changed, those with a row for each hypothesis and those that hypotheses share. */
type TensorMap<Held> = (
  held: Held,
  ofRows: (tensor: Tensor) => Tensor,
  ofShared: (tensor: Tensor) => Tensor,
) => Held;

export class DecodingRows<State, Memory> implements Decoding {
  private state: State;
  private memory: Memory;
  /** The source of each row. */
  private sourceOf: Int32Array;

  /** @param scoresOf logits of hidden states */
  constructor(
    sources: readonly (readonly number[])[],
    private readonly decoder: StepwiseDecoder<State, Memory>,
    private readonly weights: Weights,
    private readonly scoresOf: (hidden: Tensor) => Tensor,
  ) {
    const { state, memory } = keeping(
      (made: { readonly state: State; readonly memory: Memory }) => [
        ...tensorsOf(made.state, decoder.mapState),
        ...tensorsOf(made.memory, decoder.mapMemory),
      ],
      () => decoder.begin(paddedSources(sources), weights),
    );
    this.state = state;
    this.memory = memory;
    this.sourceOf = Int32Array.from(sources.keys());
  }

  step<Result>(tokens: Int32Array, read: (step: DecodingStep) => Result): Result {
    const { decoder, state: before } = this;
    const { after, result } = keeping(
      (made: { readonly after: State; readonly result: Result }) => tensorsOf(made.after, decoder.mapState),
      () => {
        const step = decoder.step(tokens, before, this.memory, this.weights);
        const scores = () => this.scoresOf(step.hidden);
        return { after: step.after, result: read({ scores, attention: step.attention }) };
      },
    );
    this.state = after;
    tf.dispose(tensorsOf(before, decoder.mapState));
    return result;
  }

  select(rows: Int32Array): void {
    if (rows.length === this.sourceOf.length && rows.every((row, place) => row === place)) return;
    const sourceOf = rows.map((row) => this.sourceOf[row] ?? 0);
    const { decoder, state, memory } = this;
    // Hypotheses of a sentence have one memory, so while beams only reorder theirs it stays.
    const sameSources =
      rows.length === this.sourceOf.length && sourceOf.every((source, row) => source === this.sourceOf[row]);
    const chosen = keeping(
      (made: { readonly state: State; readonly memory: Memory }) => [
        ...tensorsOf(made.state, decoder.mapState),
        ...(sameSources ? [] : tensorsOf(made.memory, decoder.mapMemory)),
      ],
      () => {
        const indices = tf.tensor1d(rows, 'int32');
        const gather = (tensor: Tensor) => gatherRows(tensor, indices);
        return {
          state: decoder.mapState(state, gather, cloned),
          memory: sameSources ? memory : decoder.mapMemory(memory, gather, cloned),
        };
      },
    );
    this.state = chosen.state;
    this.memory = chosen.memory;
    this.sourceOf = sourceOf;
    tf.dispose(tensorsOf(state, decoder.mapState));
    if (!sameSources) tf.dispose(tensorsOf(memory, decoder.mapMemory));
  }

  dispose(): void {
    tf.dispose(tensorsOf(this.state, this.decoder.mapState));
    tf.dispose(tensorsOf(this.memory, this.decoder.mapMemory));
  }
}

function tensorsOf<Held>(held: Held, map: TensorMap<Held>): Tensor[] {
  const tensors: Tensor[] = [];
  const collect = (tensor: Tensor) => {
    tensors.push(tensor);
    return tensor;
  };
  map(held, collect, collect);
  return tensors;
}

/** Another handle of the same memory. */
function cloned(tensor: Tensor): Tensor {
  return tensor.clone();
}

function paddedSources(sources: readonly (readonly number[])[]): Rectangle {
  const width = Math.max(...sources.map((source) => source.length));
  const ids = new Int32Array(sources.length * width).fill(specialTokens.pad);
  sources.forEach((source, row) => ids.set(source, row * width));
  return { ids, batch: sources.length, width };
}

/** Runs it in a tidy scope, which tfjs's types know for plain containers alone, and keeps what it names. */
function keeping<Result>(tensorsOfResult: (result: Result) => Tensor[], run: () => Result): Result {
  const box: { result?: { readonly value: Result } } = {};
  tf.tidy(() => {
    const value = run();
    box.result = { value };
    return tensorsOfResult(value);
  });
  if (!box.result) throw new RangeError('nothing was run');
  return box.result.value;
}
