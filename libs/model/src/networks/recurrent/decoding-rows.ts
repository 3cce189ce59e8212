/**
 * The rows that generation runs: their state goes from step to step here, and rows are dropped, doubled and
 * reordered as sentences end and beams fork.
 */
import type { Memory } from './attention.ts';
import type { DecoderState } from './decoder.ts';
import {
  type DecoderStep,
  decoderStep,
  encode,
  keeping,
  memoryTensors,
  stateTensors,
} from './decoding-step.ts';
import { gatherRows } from '../../kernels/matrices.ts';
import type { NetworkShape } from './shape.ts';
import type { Weights } from './recurrent-cell.ts';
import { type Tensor, tf } from '../../kernels/tensorflow.ts';

export class DecodingRows {
  private state: DecoderState;
  private memory: Memory | undefined;
  /** The source of each row. */
  private sourceOf: Int32Array;

  /** A row for each source, in their order. */
  private constructor(
    sources: readonly (readonly number[])[],
    private readonly shape: NetworkShape,
    private readonly weights: Weights,
  ) {
    const { first, memory } = encode(sources, shape, weights);
    this.state = first;
    this.memory = memory;
    this.sourceOf = Int32Array.from(sources.keys());
  }

  /** Lends the rows of at least one source, each with its eos. */
  static with<Result>(
    sources: readonly (readonly number[])[],
    shape: NetworkShape,
    weights: Weights,
    use: (rows: DecodingRows) => Result,
  ): Result {
    const rows = new DecodingRows(sources, shape, weights);
    try {
      return use(rows);
    } finally {
      tf.dispose([...stateTensors(rows.state), ...memoryTensors(rows.memory)]);
    }
  }

  /** Gives each row its next token. What `read` makes of the step must not be tensors: they end with it. */
  step<Result>(tokens: Int32Array, read: (step: Pick<DecoderStep, 'logits' | 'shares'>) => Result): Result {
    const before = this.state;
    const { after, result } = keeping(
      (made: { readonly after: DecoderState; readonly result: Result }) => stateTensors(made.after),
      () => {
        const step = decoderStep(tokens, before, this.memory, this.shape, this.weights);
        return { after: step.after, result: read(step) };
      },
    );
    this.state = after;
    tf.dispose(stateTensors(before));
    return result;
  }

  /** Goes on with these rows, in this order; a row may be named more than once. */
  select(rows: Int32Array): void {
    if (rows.length === this.sourceOf.length && rows.every((row, place) => row === place)) return;
    const sourceOf = rows.map((row) => this.sourceOf[row] ?? 0);
    const { state, memory } = this;
    // Hypotheses of a sentence attend to the same, so while beams only reorder theirs the memory stays.
    const sameSources =
      rows.length === this.sourceOf.length && sourceOf.every((source, row) => source === this.sourceOf[row]);
    const chosen = keeping(
      (made: { readonly state: DecoderState; readonly memory: Memory | undefined }) => [
        ...stateTensors(made.state),
        ...(sameSources ? [] : memoryTensors(made.memory)),
      ],
      () => {
        const indices = tf.tensor1d(rows, 'int32');
        const gather = (tensor: Tensor) => gatherRows(tensor, indices);
        return {
          state: {
            layers: state.layers.map((layer) => layer.map(gather)),
            feed: state.feed && gather(state.feed),
          },
          memory:
            sameSources || !memory ? memory : { encoded: gather(memory.encoded), mask: gather(memory.mask) },
        };
      },
    );
    this.state = chosen.state;
    this.memory = chosen.memory;
    this.sourceOf = sourceOf;
    tf.dispose([...stateTensors(state), ...(sameSources ? [] : memoryTensors(memory))]);
  }
}
