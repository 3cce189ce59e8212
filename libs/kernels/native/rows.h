/** What kernels that go along rows share: vectors that a row does not fill, and sums of rows. */
#pragma once

#include "threads.h"
#include "vector.h"

namespace honyaku::INSTRUCTION_SET {

/** Lanes of a vector from `at` on that are within a row. */
static inline int present_at(long at, long size) { return static_cast<int>(size - at < lanes ? size - at : lanes); }

/** `function(vector, lanes that are there, offset)` for each vector of a row. */
template <class Function>
static inline void each_vector(const float* row, long size, const Function& function) {
  long at = 0;
  for (; at + lanes <= size; at += lanes) function(load(row + at), lanes, at);
  if (at < size) function(load(row + at, static_cast<int>(size - at)), static_cast<int>(size - at), at);
}

/** Lanes that are not there become this. */
static inline Vector with_rest(Vector x, int count, float rest) {
  if (count == lanes) return x;
  IntVector lane{};
  for (int index = 0; index < lanes; ++index) lane[index] = index;
  return lane < count ? x : all(rest);
}

static inline float dot(const float* a, const float* b, long size) {
  Vector sums[4] = {};
  long at = 0;
  for (; at + 4 * lanes <= size; at += 4 * lanes)
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part)
      sums[part] = multiply_add(sums[part], load(a + at + part * lanes), load(b + at + part * lanes));
  for (; at < size; at += lanes)
    sums[0] = multiply_add(sums[0], load(a + at, present_at(at, size)), load(b + at, present_at(at, size)));
  return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/** Rows are added in blocks, whose sums are added then: many rows lose no more digits than few. */
constexpr long rows_of_sum = 64;
/** Vectors beside each other: what a processor fetches ahead is used. */
constexpr int vectors_of_sum = 8;
constexpr long columns_of_sum = vectors_of_sum * lanes;

template <bool Whole>
static inline void sum_block(const float* x, long rows, long stride, long columns, float* out) {
  const auto present = [&](int v) {
    const long rest = columns - v * lanes;
    return static_cast<int>(rest < 0 ? 0 : rest < lanes ? rest : lanes);
  };
  Vector totals[vectors_of_sum] = {};
  for (long first = 0; first < rows; first += rows_of_sum) {
    const long end = first + rows_of_sum < rows ? first + rows_of_sum : rows;
    Vector sums[vectors_of_sum] = {};
    for (long row = first; row < end; ++row)
#pragma GCC unroll 8
      for (int v = 0; v < vectors_of_sum; ++v) {
        const float* const from = x + row * stride + v * lanes;
        sums[v] += Whole ? load(from) : load(from, present(v));
      }
    for (int v = 0; v < vectors_of_sum; ++v) totals[v] += sums[v];
  }
  for (int v = 0; v < vectors_of_sum; ++v) store(out + v * lanes, totals[v], present(v));
}

/** out [columns] = the sum of the rows of x [rows, columns], each element in the order of the rows */
static inline void column_sums(const float* x, long rows, long columns, float* out) {
  parallel((columns + columns_of_sum - 1) / columns_of_sum, [&](long task) {
    const long at = task * columns_of_sum, rest = columns - at;
    if (rest >= columns_of_sum) sum_block<true>(x + at, rows, columns, columns_of_sum, out + at);
    else sum_block<false>(x + at, rows, columns, rest, out + at);
  });
}

}  // namespace honyaku::INSTRUCTION_SET
