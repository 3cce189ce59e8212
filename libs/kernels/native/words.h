/**
 * What a product multiplies: words of 32 bits that hold one float (`Singles`) or two neighbours along the depth in
 * bfloat16 (`Pairs`). Sums are float32 with both. Kernels are templates over these two.
 */
#pragma once

#include "vector.h"

namespace honyaku::INSTRUCTION_SET {

/** Words travel in float registers; only `multiply_add` looks into them. */
struct Singles {
  static constexpr int depth = 1;

  static Vector multiply_add(Vector sum, float word, Vector words) {
    return INSTRUCTION_SET::multiply_add(sum, all(word), words);
  }

  /** Words of `count` columns, from the rows of the matrix that a word holds. */
  static Vector across(const float* row, const float* /* next */, int count) { return load(row, count); }

  /** Words of one row: of its floats at `from`, and for `Pairs` of those at `next`. */
  static Vector along(const float* from, int count, const float* /* next */, int /* count */) {
    return load(from, count);
  }
};

/** Rounds to bfloat16, to the nearest and to even, in the lower halves; NaN stays NaN. */
static inline IntVector bfloat16(Vector x) {
  const IntVector bits = (IntVector)x;
  const IntVector rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return ((x == x ? rounded : bits | 0x400000) >> 16) & 0xffff;
}

struct Pairs {
  static constexpr int depth = 2;

  static Vector multiply_add(Vector sum, float word, Vector words) {
#if defined(__AVX512BF16__)
    return _mm512_dpbf16_ps(sum, (__m512bh)all(word), (__m512bh)words);
#else
    const IntVector a = (IntVector)all(word), b = (IntVector)words;
    sum = INSTRUCTION_SET::multiply_add(sum, (Vector)(a << 16), (Vector)(b << 16));
    const int upper = static_cast<int>(0xffff0000);
    return INSTRUCTION_SET::multiply_add(sum, (Vector)(a & upper), (Vector)(b & upper));
#endif
  }

  static Vector across(const float* row, const float* next, int count) {
    const Vector second = next == nullptr ? zeros() : load(next, count);
    return (Vector)(bfloat16(load(row, count)) | bfloat16(second) << 16);
  }

  static Vector along(const float* from, int count, const float* next, int next_count) {
    const IntVector first = bfloat16(load(from, count)), second = bfloat16(load(next, next_count));
    IntVector even{};
    for (int lane = 0; lane < lanes; ++lane) even[lane] = 2 * lane;
    return (Vector)(__builtin_shuffle(first, second, even) | __builtin_shuffle(first, second, even + 1) << 16);
  }
};

template <class Words>
constexpr long words_of(long depth) {
  return (depth + Words::depth - 1) / Words::depth;
}

}  // namespace honyaku::INSTRUCTION_SET
