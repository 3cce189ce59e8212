/**
 * Matrix products of any size, in blocks that stay in the second-level cache (Goto & van de Geijn 2008); tasks share
 * out panels of the right matrix and, where these are few, rows of the left one.
 */
#pragma once

#include "operands.h"

namespace honyaku::INSTRUCTION_SET {

/** Vectors of a panel: wide ones for many rows, narrow ones for few, so that these are not cut into many tiles. */
constexpr int narrow = 2, wide = registers == 32 ? 4 : 2;
constexpr long few_rows = 48;
/** Words of depth that are packed at a time, 128 kB of a wide panel with 16 lanes. A multiple of `lanes`. */
constexpr long block_depth = 512;
/** Rows and panels of one task: a block of the left rows and their sums fill half of a second-level cache of 2 MB. */
constexpr long block_rows = 256, block_panels = 4;

/**
 * Runs `body(panel, first row, rows)` for all panels and rows. Rows are shared out where panels alone would leave
 * threads without work, but no fewer than `fewest` at a time, and no more than `most`.
 */
template <class Body>
static inline void parallel_panels(long panels, long rows, long fewest, long most, const Body& body) {
  if (panels == 0 || rows == 0) return;
  const long wanted = (3 * thread_count() + panels - 1) / panels, possible = rows < 2 * fewest ? 1 : rows / fewest;
  const long for_threads = wanted < possible ? wanted : possible, for_cache = (rows + most - 1) / most;
  const long parts = for_threads < for_cache ? for_cache : for_threads;
  parallel(panels * parts, [&](long task) {
    const long part = task % parts, first = rows * part / parts;
    body(task / parts, first, rows * (part + 1) / parts - first);
  });
}

/** Whether a tile can read a panel where it lies. */
template <class Words, int Vectors>
static inline bool is_readable(const Right& right, long panel) {
  if (Words::depth > 1 || right.transposed || right.rows.groups > 1) return false;
  for (int v = 0; v < Vectors; ++v)
    if (right.row.count(panel * Vectors + v) != lanes) return false;
  return true;
}

/** Some rows of a product against a block of the depth [from, end) of one panel, which is packed on the way. */
template <class Words, int Vectors>
static void multiply_block(long rows, Left left, const Right& right, long panel, long from, long end,
                           Start start, const Target<Vectors>& target) {
  alignas(64) float packed[block_depth * Vectors * lanes];
  const Left block{left.words + from, left.stride};
  if (is_readable<Words, Vectors>(right, panel)) {
    Panel<Vectors> unpacked{{}, right.stride};
    for (int v = 0; v < Vectors; ++v)
      unpacked.words[v] = right.data + from * right.stride + right.row.at(panel * Vectors + v);
    return multiply_panel<Words, Vectors>(rows, end - from, block, unpacked, start, target, packed);
  }
  pack<Words, Vectors>(right, panel, from, end, packed);
  multiply_panel<Words, Vectors>(rows, end - from, block, packed_panel<Vectors>(packed), start, target);
}

/**
 * Some rows of a product against some panels; a block of the left rows stays in the cache for all of these.
 * @param target_at the target of a panel
 */
template <class Words, int Vectors, class TargetAt>
static void multiply_blocks(long rows, long depth, Left left, const Right& right, long first_panel, long end_panel,
                            Start start, const TargetAt& target_at) {
  const long words = words_of<Words>(depth);
  long from = 0;
  do {
    const long end = from + block_depth < words ? from + block_depth : words;
    for (long panel = first_panel; panel < end_panel; ++panel) {
      const Target<Vectors> target = target_at(panel);
      const Start sums = from == 0 ? start : Start{target.data, target.stride};
      multiply_block<Words, Vectors>(rows, left, right, panel, from, end, sums, target);
    }
    from = end;
  } while (from < words);
}

template <class Words, int Vectors>
static void product_of_width(long rows, long depth, Left left, const Right& right, Start start, float* target,
                             long stride, const Columns& columns) {
  const long panels = panels_of<Vectors>(columns), fair = panels / (4 * thread_count());
  const long of_task = fair < 1 ? 1 : fair < block_panels ? fair : block_panels;
  parallel_panels((panels + of_task - 1) / of_task, rows, few_rows, block_rows, [&](long task, long first, long count) {
    const long first_panel = task * of_task, end_panel = first_panel + of_task < panels ? first_panel + of_task : panels;
    multiply_blocks<Words, Vectors>(
        count, depth, left.from_row(first), right, first_panel, end_panel, start.from_row(first),
        [&](long panel) { return target_of<Vectors>(target + first * stride, stride, columns, panel); });
  });
}

/**
 * target [rows, columns] = start + left [rows, depth] · right.
 * @param start laid out like the target
 */
template <class Words>
static void product(long rows, long depth, Left left, const Right& right, Start start, float* target,
                    long stride, const Columns& columns) {
  // Pairs need half the loads for a product, so narrow panels serve them for any number of rows.
  constexpr int for_many_rows = Words::depth == 1 ? wide : narrow;
  if (rows > few_rows) product_of_width<Words, for_many_rows>(rows, depth, left, right, start, target, stride, columns);
  else product_of_width<Words, narrow>(rows, depth, left, right, start, target, stride, columns);
}

/** A right matrix for many products with few rows, as at each time step: packed once, unless it is used but once. */
template <class Words, int Vectors>
class RepeatedRight {
 public:
  RepeatedRight(const Right& right, long depth, long uses)
      : right_(right),
        depth_(depth),
        is_packed_(uses > 1),
        panel_size_((words_of<Words>(depth) + lanes) * Vectors * lanes),
        memory_(is_packed_ ? sizeof(float) * panels() * panel_size_ : 0) {
    if (is_packed_) parallel(panels(), [&](long panel) {
      pack<Words, Vectors>(right, panel, 0, words_of<Words>(depth), memory_.as<float>() + panel * panel_size_);
    });
  }

  long panels() const { return panels_of<Vectors>(right_.columns()); }

  /** target = start + left · one panel */
  void multiply(long rows, Left left, long panel, Start start, const Target<Vectors>& target) const {
    if (!is_packed_)
      return multiply_blocks<Words, Vectors>(rows, depth_, left, right_, panel, panel + 1, start,
                                             [&](long) -> const Target<Vectors>& { return target; });
    multiply_panel<Words, Vectors>(rows, words_of<Words>(depth_), left,
                                   packed_panel<Vectors>(memory_.as<float>() + panel * panel_size_), start, target);
  }

 private:
  const Right right_;
  const long depth_;
  const bool is_packed_;
  const long panel_size_;
  const Scratch memory_;
};

}  // namespace honyaku::INSTRUCTION_SET
