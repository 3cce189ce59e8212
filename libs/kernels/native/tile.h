/**
 * The innermost loop of all products: a tile of a few rows and a few vectors of columns, whose sums stay in registers
 * while the loop runs down the depth. Each element of a product is summed in the order of its depth, whatever tile
 * it falls into and whichever thread computes it.
 */
#pragma once

#include "words.h"

namespace honyaku::INSTRUCTION_SET {

/** Where the columns of a logical row stand in memory: vector by vector, in turn one of each group (gate). */
struct Columns {
  long size;          // columns of one group
  long groups;        // 1, or the number of gates
  long group_stride;  // from a group to the next
  long block_stride;  // from a vector to the next one of its group

  long vectors() const { return groups * ((size + lanes - 1) / lanes); }
  long at(long vector) const { return vector % groups * group_stride + vector / groups * block_stride; }

  /** Columns of a vector that are there. */
  int count(long vector) const {
    const long rest = size - vector / groups * lanes;
    return static_cast<int>(rest < 0 ? 0 : rest < lanes ? rest : lanes);
  }
};

/** Column after column. */
static inline Columns plain(long size) { return {size, 1, 0, lanes}; }

/** Gate after gate, each of `hidden` columns, as kernels and biases hold them. */
static inline Columns gate_after_gate(long gates, long hidden) { return {hidden, gates, hidden, lanes}; }

/** Rows of words on the left of a product. */
struct Left {
  const float* words;
  long stride;

  Left from_row(long row) const { return {words + row * stride, stride}; }
};

/** `Vectors` vectors of words on the right of a product, each with one row for each word of depth. */
template <int Vectors>
struct Panel {
  const float* words[Vectors];
  long stride;
};

/** A panel as it is packed: its vectors side by side, word after word. */
template <int Vectors>
static inline Panel<Vectors> packed_panel(const float* packed) {
  Panel<Vectors> panel{{}, Vectors * lanes};
  for (int v = 0; v < Vectors; ++v) panel.words[v] = packed + v * lanes;
  return panel;
}

/** Rows ahead to fetch, which the processor does not foresee where they are longer than a page. */
constexpr long prefetched_rows = 12;

/** Where a tile goes: each vector's column and how many of its lanes are there. */
template <int Vectors>
struct Target {
  float* data;
  long stride;
  long at[Vectors];
  int count[Vectors];

  Target from_row(long row) const {
    Target moved = *this;
    moved.data += row * stride;
    return moved;
  }
};

template <int Vectors>
static inline Target<Vectors> target_of(float* data, long stride, const Columns& columns, long panel) {
  Target<Vectors> target{data, stride, {}, {}};
  for (int v = 0; v < Vectors; ++v) {
    target.at[v] = columns.at(panel * Vectors + v);
    target.count[v] = columns.count(panel * Vectors + v);
  }
  return target;
}

/** What the sums begin with: nothing, or rows laid out like the target (of stride 0: one row for all). */
struct Start {
  const float* data;
  long stride;

  Start from_row(long row) const { return {data + row * stride, stride}; }
};

constexpr Start from_zero{nullptr, 0};

static inline Start one_row(const float* row) { return {row, 0}; }

/** A tile of at most so many rows keeps its sums in three quarters of the registers. */
template <int Vectors>
constexpr int tile_rows = registers / 4 * 3 / Vectors;

/** @param packed where `Packs` is true: takes the panel as it goes, which costs nothing beside the products */
template <class Words, int Rows, int Vectors, bool Packs>
static void multiply_tile(long depth, Left left, const Panel<Vectors>& panel, Start start,
                          const Target<Vectors>& target, float* packed) {
  Vector sums[Rows][Vectors];
#pragma GCC unroll 12
  for (int row = 0; row < Rows; ++row)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      sums[row][v] = start.data == nullptr
                         ? zeros()
                         : load(start.data + row * start.stride + target.at[v], target.count[v]);

  const float* words[Vectors];
  for (int v = 0; v < Vectors; ++v) words[v] = panel.words[v];
  for (long k = 0; k < depth; ++k) {
    Vector right[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      right[v] = load(words[v] + k * panel.stride);
      if (Packs) {
        __builtin_prefetch(words[v] + (k + prefetched_rows) * panel.stride);
        store(packed + (k * Vectors + v) * lanes, right[v]);
      }
    }
#pragma GCC unroll 12
    for (int row = 0; row < Rows; ++row) {
      const float word = left.words[row * left.stride + k];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sums[row][v] = Words::multiply_add(sums[row][v], word, right[v]);
    }
  }

#pragma GCC unroll 12
  for (int row = 0; row < Rows; ++row)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      store(target.data + row * target.stride + target.at[v], sums[row][v], target.count[v]);
}

/** A tile of `rows` rows, of which there are at most `Rows`. */
template <class Words, int Rows, int Vectors, bool Packs>
static inline void multiply_rows(long rows, long depth, Left left, const Panel<Vectors>& panel, Start start,
                                 const Target<Vectors>& target, float* packed) {
  if constexpr (Rows > 1)
    if (rows < Rows)
      return multiply_rows<Words, Rows - 1, Vectors, Packs>(rows, depth, left, panel, start, target, packed);
  multiply_tile<Words, Rows, Vectors, Packs>(depth, left, panel, start, target, packed);
}

/**
 * All rows against one panel, in tiles of nearly equal size.
 * @param packed the first tile packs the panel into it for the others; not where it is null
 */
template <class Words, int Vectors>
static void multiply_panel(long rows, long depth, Left left, Panel<Vectors> panel, Start start,
                           const Target<Vectors>& target, float* packed = nullptr) {
  constexpr int most = tile_rows<Vectors>;
  const long tiles = (rows + most - 1) / most;
  long first = 0;
  for (long tile = 0; tile < tiles; ++tile) {
    const long end = rows * (tile + 1) / tiles;
    const Left part = left.from_row(first);
    if (tile == 0 && tiles > 1 && packed != nullptr) {
      multiply_rows<Words, most, Vectors, true>(end, depth, part, panel, start, target, packed);
      panel = packed_panel<Vectors>(packed);
    } else {
      multiply_rows<Words, most, Vectors, false>(end - first, depth, part, panel, start.from_row(first),
                                                 target.from_row(first), nullptr);
    }
    first = end;
  }
}

}  // namespace honyaku::INSTRUCTION_SET
