/**
 * Both sides of a product in the order in which its tiles read them: the left one row by row, the right one panel by
 * panel, either as floats or as pairs in bfloat16.
 */
#pragma once

#include "scratch.h"
#include "threads.h"
#include "tile.h"

namespace honyaku::INSTRUCTION_SET {

/** The right matrix, which lies in memory as [depth, columns] or, transposed, as [columns, depth]. */
struct Right {
  const float* data;
  long stride;
  /** Which rows in memory are the depth, or where transposed the columns. */
  Columns rows;
  /** What a row in memory holds: columns, or where transposed the depth. */
  Columns row;
  bool transposed;

  const Columns& columns() const { return transposed ? rows : row; }

  /** A row in memory; null where only the filling up of a vector asks for it. */
  const float* row_at(long index) const {
    if (rows.groups == 1) return index < rows.size ? data + index * stride : nullptr;
    const long vector = index / lanes, lane = index % lanes;
    return lane < rows.count(vector) ? data + (rows.at(vector) + lane) * stride : nullptr;
  }
};

static inline Right right_of(const float* data, long stride, const Columns& depth, const Columns& columns) {
  return {data, stride, depth, columns, false};
}

static inline Right right_transposed(const float* data, long stride, const Columns& depth, const Columns& columns) {
  return {data, stride, columns, depth, true};
}

/** Words [from, end) of a panel's depth: [words, Vectors · lanes]. */
template <class Words, int Vectors>
static void pack_rows(const Right& right, long panel, long from, long end, float* packed) {
  for (long word = from; word < end; ++word) {
    const long k = word * Words::depth;
    const float *const row = right.row_at(k), *const next = Words::depth > 1 ? right.row_at(k + 1) : nullptr;
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v, packed += lanes) {
      const long at = right.row.at(panel * Vectors + v);
      const int count = right.row.count(panel * Vectors + v);
      store(packed, row == nullptr ? zeros() : Words::across(row + at, next == nullptr ? nullptr : next + at, count));
    }
  }
}

/** The same of a transposed matrix, by whole vectors of depth: the result may be up to lanes - 1 rows longer. */
template <class Words, int Vectors>
static void pack_transposed(const Right& right, long panel, long from, long end, float* packed) {
  for (int v = 0; v < Vectors; ++v) {
    const long column = right.rows.at(panel * Vectors + v);
    const int count = right.rows.count(panel * Vectors + v);
    for (long word = from; word < end; word += lanes) {
      const long k = word * Words::depth / lanes;
      Vector rows[lanes];
      for (int lane = 0; lane < lanes; ++lane) {
        const float* const row = right.data + (column + lane) * right.stride;
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

template <class Words, int Vectors>
static void pack(const Right& right, long panel, long from, long end, float* packed) {
  if (right.transposed) pack_transposed<Words, Vectors>(right, panel, from, end, packed);
  else pack_rows<Words, Vectors>(right, panel, from, end, packed);
}

template <int Vectors>
static inline long panels_of(const Columns& columns) {
  return (columns.vectors() + Vectors - 1) / Vectors;
}

/** A stride of rows at least `words` long, no multiple of 1 kB: neighbouring rows would fall out of the cache. */
static inline long spread(long words) {
  const long whole = (words + lanes - 1) / lanes * lanes;
  return whole % 256 == 0 ? whole + lanes : whole;
}

/** Rows [rows, depth] as words: floats stay where they are if their stride is good, all else is copied. */
template <class Words>
class LeftRows {
 public:
  LeftRows(const float* data, long rows, long depth)
      : is_copied_(Words::depth > 1 || (depth % 512 == 0 && rows > 16)),
        memory_(is_copied_ ? sizeof(float) * rows * spread(words_of<Words>(depth)) : 0),
        left_(is_copied_ ? Left{memory_.as<float>(), spread(words_of<Words>(depth))} : Left{data, depth}) {
    if (is_copied_) parallel((rows + 15) / 16, [&](long block) {
      for (long row = 16 * block; row < rows && row < 16 * (block + 1); ++row)
        convert(data + row * depth, depth, memory_.as<float>() + row * left_.stride);
    });
  }

  const Left& operator*() const { return left_; }

 private:
  /** One row of floats → words. */
  static void convert(const float* from, long depth, float* words) {
    const Columns columns = plain(depth);
    for (long word = 0; word < words_of<Words>(depth); word += lanes) {
      const long k = word * Words::depth / lanes;
      store(words + word,
            Words::along(from + columns.at(k), columns.count(k), from + columns.at(k + 1), columns.count(k + 1)));
    }
  }

  const bool is_copied_;
  const Scratch memory_;
  const Left left_;
};

/**
 * A transposed matrix as words: `row_at(k)` [columns] for each k of the depth → rows [columns, depth].
 * @param from where the columns stand in a row
 * @param to which row of the result each of them becomes
 */
template <class Words, class RowAt>
static void transpose_left(long depth, const RowAt& row_at, const Columns& from, const Columns& to, float* words,
                           long stride) {
  parallel(from.vectors(), [&](long vector) {
    const int count = from.count(vector);
    const auto part_of_row = [&](long k) { return k < depth ? row_at(k) + from.at(vector) : nullptr; };
    float* const result = words + to.at(vector) * stride;
    for (long word = 0; word < words_of<Words>(depth); word += lanes) {
      Vector rows[lanes];
      for (int lane = 0; lane < lanes; ++lane) {
        const long k = (word + lane) * Words::depth;
        rows[lane] = k < depth ? Words::across(part_of_row(k), Words::depth > 1 ? part_of_row(k + 1) : nullptr, count)
                               : zeros();
      }
      transpose(rows);
      for (int lane = 0; lane < count; ++lane) store(result + lane * stride + word, rows[lane]);
    }
  });
}

}  // namespace honyaku::INSTRUCTION_SET
