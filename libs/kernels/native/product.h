/**
 * Matrix products of any size. The right matrix is copied panel by panel into the order in which the tile reads it,
 * in blocks of the depth that stay in the second-level cache (Goto & van de Geijn 2008); tasks share out panels and,
 * where there are few, rows.
 */
#pragma once

#include "scratch.h"
#include "threads.h"
#include "tile.h"

namespace honyaku::INSTRUCTION_SET {

/** The right matrix [depth, columns], or [columns, depth] transposed first. */
struct Right {
  const float* data;
  long stride;
  /** Of what a row in memory holds: columns, or where transposed the depth. */
  Columns row;
  bool transposed;
  /** Where transposed: which rows in memory are the product's columns. */
  Columns transposed_columns;

  const Columns& columns() const { return transposed ? transposed_columns : row; }
};

static inline Right right_of(const float* data, long stride, const Columns& row) {
  return {data, stride, row, false, row};
}

static inline Right right_transposed(const float* data, long stride, const Columns& depth, const Columns& columns) {
  return {data, stride, depth, true, columns};
}

/** Vectors of a panel where nothing asks for another width: the one with the fewest loads for a product. */
constexpr int usual_width = registers == 32 ? 4 : 2;
/** Words of depth that are packed at a time: 64 kB of panel with 16 lanes. A multiple of `lanes`. */
constexpr long block_depth = 256;

/**
 * Packs words [from, end) of a panel's depth: [words, Vectors · lanes]. Of a transposed matrix whole vectors of depth
 * are packed, so the result may be up to lanes - 1 rows longer.
 */
template <class Words, int Vectors>
static void pack(const Right& right, long depth, long panel, long from, long end, float* packed) {
  const Columns& columns = right.columns();
  for (int v = 0; v < Vectors; ++v) {
    const long vector = panel * Vectors + v;
    const int count = columns.count(vector);
    if (!right.transposed) {
      for (long word = from; word < end; ++word) {
        const long k = word * Words::depth;
        const float* row = right.data + k * right.stride + columns.at(vector);
        const float* next = Words::depth > 1 && k + 1 < depth ? row + right.stride : nullptr;
        store(packed + ((word - from) * Vectors + v) * lanes, Words::across(row, next, count));
      }
      continue;
    }
    for (long word = from; word < end; word += lanes) {
      const long k = word * Words::depth / lanes;
      Vector rows[lanes];
      for (int lane = 0; lane < lanes; ++lane) {
        const float* row = right.data + (columns.at(vector) + lane) * right.stride;
        rows[lane] = lane < count ? Words::along(row + right.row.at(k), right.row.count(k), row + right.row.at(k + 1),
                                                 right.row.count(k + 1))
                                  : zeros();
      }
      transpose(rows);
      for (int lane = 0; lane < lanes; ++lane)
        store(packed + ((word - from + lane) * Vectors + v) * lanes, rows[lane]);
    }
  }
}

template <int Vectors>
static inline long panels_of(const Columns& columns) {
  return (columns.vectors() + Vectors - 1) / Vectors;
}

template <int Vectors>
static inline Panel<Vectors> packed_panel(const float* packed) {
  Panel<Vectors> panel{{}, Vectors * lanes};
  for (int v = 0; v < Vectors; ++v) panel.words[v] = packed + v * lanes;
  return panel;
}

/**
 * Runs `body(panel, first row, rows)` for all panels and rows; rows are shared out where panels alone would leave
 * threads without work, but no fewer than `fewest` at a time.
 */
template <class Body>
static inline void parallel_panels(long panels, long rows, long fewest, const Body& body) {
  if (panels == 0 || rows == 0) return;
  const long wanted = (3 * thread_count() + panels - 1) / panels, most = rows < 2 * fewest ? 1 : rows / fewest;
  const long parts = wanted < most ? wanted : most;
  parallel(panels * parts, [&](long task) {
    const long part = task % parts, first = rows * part / parts;
    body(task / parts, first, rows * (part + 1) / parts - first);
  });
}

/** Whether a tile can read a panel where it lies: packing would take longer than the product with a few rows. */
template <class Words, int Vectors>
static inline bool is_usable_as_it_is(const Right& right, long rows, long panel) {
  if (Words::depth > 1 || right.transposed || rows > 2 * tile_rows<Vectors>) return false;
  for (int v = 0; v < Vectors; ++v)
    if (right.row.count(panel * Vectors + v) != lanes) return false;
  return true;
}

/** Some rows of a product against one panel of a matrix that is not packed yet. */
template <class Words, int Vectors>
static void product_panel(long rows, long depth, Left left, const Right& right, long panel, Start start,
                          const Target<Vectors>& target) {
  const long words = words_of<Words>(depth);
  if (is_usable_as_it_is<Words, Vectors>(right, rows, panel)) {
    Panel<Vectors> unpacked{{}, right.stride};
    for (int v = 0; v < Vectors; ++v) unpacked.words[v] = right.data + right.columns().at(panel * Vectors + v);
    return multiply_panel<Words, Vectors>(rows, words, left, unpacked, start, target);
  }
  alignas(64) float packed[block_depth * Vectors * lanes];
  long from = 0;
  do {
    const long end = from + block_depth < words ? from + block_depth : words;
    pack<Words, Vectors>(right, depth, panel, from, end, packed);
    const Left block{left.words + from, left.stride};
    multiply_panel<Words, Vectors>(rows, end - from, block, packed_panel<Vectors>(packed), start, target);
    start = {target.data, target.stride};
    from = end;
  } while (from < words);
}

/**
 * target [rows, columns] = start + left [rows, depth] · right.
 * @param start nothing or one row for all, laid out like the target
 */
template <class Words>
static void product(long rows, long depth, Left left, const Right& right, const float* start, float* target,
                    long stride, const Columns& columns) {
  constexpr int width = usual_width;
  parallel_panels(panels_of<width>(columns), rows, 96, [&](long panel, long first, long count) {
    product_panel<Words, width>(count, depth, left.from_row(first), right, panel, {start, 0},
                                target_of<width>(target, stride, columns, panel).from_row(first));
  });
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
      pack<Words, Vectors>(right, depth, panel, 0, words_of<Words>(depth), memory_.as<float>() + panel * panel_size_);
    });
  }

  long panels() const { return panels_of<Vectors>(right_.columns()); }

  /** target = start + left · one panel */
  void multiply(long rows, Left left, long panel, Start start, const Target<Vectors>& target) const {
    if (!is_packed_) return product_panel<Words, Vectors>(rows, depth_, left, right_, panel, start, target);
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

/** Rows [rows, depth] as words: floats stay where they are, bfloat16 is made in `memory`. */
template <class Words>
class LeftRows {
 public:
  LeftRows(const float* data, long rows, long depth)
      : memory_(Words::depth == 1 ? 0 : sizeof(float) * rows * (words_of<Words>(depth) + lanes)),
        left_{Words::depth == 1 ? data : memory_.template as<float>(), words_of<Words>(depth)} {
    if (Words::depth > 1) parallel((rows + 15) / 16, [&](long block) {
      for (long row = 16 * block; row < rows && row < 16 * (block + 1); ++row)
        convert(data + row * depth, depth, memory_.template as<float>() + row * left_.stride);
    });
  }

  const Left& operator*() const { return left_; }

  /** One row of floats → words. */
  static void convert(const float* from, long depth, float* words) {
    const Columns columns = plain(depth);
    const long count = words_of<Words>(depth);
    for (long word = 0; word < count; word += lanes) {
      const long k = word * Words::depth / lanes;
      const long rest = count - word;
      store(words + word,
            Words::along(from + columns.at(k), columns.count(k), from + columns.at(k + 1), columns.count(k + 1)),
            static_cast<int>(rest < lanes ? rest : lanes));
    }
  }

 private:
  const Scratch memory_;
  const Left left_;
};

/**
 * Words of a transposed matrix: `row_at(k)` [columns] for each k of the depth → rows `to` [columns, depth].
 * @param from where the columns stand in a row
 * @param to which row of the result each of them becomes
 */
template <class Words, class RowAt>
static void transpose_left(long depth, const RowAt& row_at, const Columns& from, const Columns& to, float* words) {
  const long stride = words_of<Words>(depth);
  parallel(from.vectors(), [&](long vector) {
    const int count = from.count(vector);
    float* const result = words + to.at(vector) * stride;
    for (long word = 0; word < stride; word += lanes) {
      const int present = static_cast<int>(stride - word < lanes ? stride - word : lanes);
      Vector rows[lanes];
      for (int lane = 0; lane < lanes; ++lane) {
        const long k = (word + lane) * Words::depth;
        rows[lane] = k < depth ? Words::across(row_at(k) + from.at(vector),
                                               Words::depth > 1 && k + 1 < depth ? row_at(k + 1) + from.at(vector) : nullptr,
                                               count)
                               : zeros();
      }
      transpose(rows);
      for (int lane = 0; lane < count; ++lane) store(result + lane * stride + word, rows[lane], present);
    }
  });
}

}  // namespace honyaku::INSTRUCTION_SET
