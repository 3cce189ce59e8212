/**
 * One register of numbers: 4, 8 or 16 floats, by the instruction set that the file is compiled for, with the few
 * functions that networks need. Arithmetic is that of C on GCC's vector types; products are fused with sums only
 * where `multiply_add` says so.
 */
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace honyaku::INSTRUCTION_SET {

#if defined(__AVX512F__)
constexpr int lanes = 16;
constexpr int registers = 32;
#elif defined(__AVX2__)
constexpr int lanes = 8;
constexpr int registers = 16;
#else
constexpr int lanes = 4;
constexpr int registers = 16;
#endif

typedef float Vector __attribute__((vector_size(4 * lanes)));
typedef int32_t IntVector __attribute__((vector_size(4 * lanes)));

static inline Vector zeros() { return Vector{}; }

/** Copies bits, whatever they mean. */
static inline Vector all(float value) {
#if defined(__AVX512F__)
  return _mm512_set1_ps(value);
#elif defined(__AVX2__)
  return _mm256_set1_ps(value);
#else
  return _mm_set1_ps(value);
#endif
}

static inline Vector load(const float* from) {
  Vector vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

static inline void store(float* to, Vector vector) { __builtin_memcpy(to, &vector, sizeof vector); }

#if !defined(__AVX512F__)
// Rare, and used in so many places that inlining them would double the time to compile.
[[gnu::noinline]] static Vector load_part(const float* from, int count) {
  Vector vector{};
  for (int lane = 0; lane < count; ++lane) vector[lane] = from[lane];
  return vector;
}

[[gnu::noinline]] static void store_part(float* to, Vector vector, int count) {
  for (int lane = 0; lane < count; ++lane) to[lane] = vector[lane];
}
#endif

/** The first `count` lanes, the others zero; `count` may be 0. */
static inline Vector load(const float* from, int count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
#else
  return count == lanes ? load(from) : load_part(from, count);
#endif
}

static inline void store(float* to, Vector vector, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), vector);
#else
  count == lanes ? store(to, vector) : store_part(to, vector, count);
#endif
}

/** sum + a · b, rounded once where the processor can. */
static inline Vector multiply_add(Vector sum, Vector a, Vector b) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, sum);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, sum);
#else
  return sum + a * b;
#endif
}

static inline Vector square_root(Vector x) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#else
  return _mm_sqrt_ps(x);
#endif
}

static inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }

static inline Vector absolute(Vector x) { return (Vector)((IntVector)x & 0x7fffffff); }

/** Lanes are added pairwise, in an order that never changes. */
static inline float sum_of_lanes(Vector x) {
  float part[lanes];
  store(part, x);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) part[lane] += part[lane + half];
  return part[0];
}

static inline float largest_lane(Vector x) {
  float largest = x[0];
  for (int lane = 1; lane < lanes; ++lane) largest = x[lane] > largest ? x[lane] : largest;
  return largest;
}

/**
 * e^x to 2 units in the last place: x = n ln 2 + r, e^r by the polynomial of Cephes' expf. Results below the
 * smallest normal number are that number, those above the largest one e^88. NaN stays NaN.
 */
static inline Vector exponential(Vector x) {
  const Vector most = all(88.0f), least = all(-87.3f);
  x = x > most ? most : x;
  x = x < least ? least : x;
  // Adding 1.5 · 2^23 leaves no bits behind the point.
  const float rounder = 12582912.0f;
  const Vector n = multiply_add(all(rounder), x, all(1.44269504f)) - rounder;
  Vector r = multiply_add(x, n, all(-0.693359375f));
  r = multiply_add(r, n, all(2.12194440e-4f));
  Vector p = all(1.9875691500e-4f);
  p = multiply_add(all(1.3981999507e-3f), p, r);
  p = multiply_add(all(8.3334519073e-3f), p, r);
  p = multiply_add(all(4.1665795894e-2f), p, r);
  p = multiply_add(all(1.6666665459e-1f), p, r);
  p = multiply_add(all(5.0000001201e-1f), p, r);
  p = multiply_add(r + 1.0f, p, r * r);
  const IntVector exponent = (__builtin_convertvector(n, IntVector) + 127) << 23;
  return p * (Vector)exponent;
}

static inline Vector sigmoid(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

/** Near 0 by the polynomial of Cephes' tanhf, since 1 - 2 / (e^2x + 1) loses digits there. */
static inline Vector hyperbolic_tangent(Vector x) {
  const Vector size = absolute(x);
  const Vector large = 1.0f - 2.0f / (exponential(size + size) + 1.0f);
  const Vector square = x * x;
  Vector p = all(-5.70498872745e-3f);
  p = multiply_add(all(2.06390887954e-2f), p, square);
  p = multiply_add(all(-5.37397155531e-2f), p, square);
  p = multiply_add(all(1.33314422036e-1f), p, square);
  p = multiply_add(all(-3.33332819422e-1f), p, square);
  const Vector small = multiply_add(x, p * square, x);
  const Vector signed_large = x < 0.0f ? -large : large;
  return size < all(0.625f) ? small : signed_large;
}

/** Rows become columns: log2(lanes) rounds in which the lower and the upper half of the rows are interleaved. */
static inline void transpose(Vector (&rows)[lanes]) {
  IntVector low{}, high{};
  for (int lane = 0; lane < lanes; ++lane) {
    low[lane] = lane / 2 + lane % 2 * lanes;
    high[lane] = low[lane] + lanes / 2;
  }
#pragma GCC unroll 4
  for (int round = 1; round < lanes; round *= 2) {
    Vector interleaved[lanes];
#pragma GCC unroll 8
    for (int row = 0; row < lanes / 2; ++row) {
      interleaved[2 * row] = __builtin_shuffle(rows[row], rows[row + lanes / 2], low);
      interleaved[2 * row + 1] = __builtin_shuffle(rows[row], rows[row + lanes / 2], high);
    }
#pragma GCC unroll 16
    for (int row = 0; row < lanes; ++row) rows[row] = interleaved[row];
  }
}

}  // namespace honyaku::INSTRUCTION_SET
