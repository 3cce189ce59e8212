/** Sinusoidal positions (Vaswani et al. 2017, section 3.5) in Marian's order: sines in the first half, cosines in the second. */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

const tables = new Map<number, Float32Array>();

/** Of the positions from `first` on, [count, width]; they have no parameters, and no longest one. */
export function positionTable(first: number, count: number, width: number): Tensor {
  let table = tables.get(width) ?? new Float32Array();
  if (table.length < (first + count) * width) {
    // Twice as many as needed, since decoding asks for one more at each token.
    table = computed(2 * (first + count), width);
    tables.set(width, table);
  }
  return tf.tensor2d(table.subarray(first * width, (first + count) * width), [count, width]);
}

function computed(count: number, width: number): Float32Array {
  const table = new Float32Array(count * width);
  const sines = Math.ceil(width / 2);
  for (let position = 0; position < count; position += 1)
    for (let column = 0; column < width; column += 1) {
      const isSine = column < sines;
      const angle = position / 10_000 ** ((2 * (isSine ? column : column - sines)) / width);
      table[position * width + column] = isSine ? Math.sin(angle) : Math.cos(angle);
    }
  return table;
}
