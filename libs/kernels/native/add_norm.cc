/**
 * What follows each part of a post-norm layer: dropout of the part, its input is added, and the sum is normalised (Ba et
 * al. 2016) row by row while a row is in the cache.
 */
#include "dropout.h"
#include "rows.h"
#include "scratch.h"
#include "transformer.h"

#include <cmath>

namespace honyaku::INSTRUCTION_SET {

/** As PyTorch's, added to the variance. */
constexpr float norm_epsilon = 1e-5f;
/** Elements of so many rows begin at a multiple of `drop_alignment`. */
constexpr long rows_of_norm = drop_alignment;

/** One row of the sum → with a mean of 0 and a variance of 1, in place. Returns what it was multiplied by. */
static float normalise(float* row, long width) {
  const float size = static_cast<float>(width);
  Vector sum = zeros(), squares = zeros();
  each_vector(row, width, [&](Vector x, int, long) { sum += x; });
  const float mean = sum_of_lanes(sum) / size;
  each_vector(row, width, [&](Vector x, int count, long) {
    const Vector centred = with_rest(x - mean, count, 0.0f);
    squares = multiply_add(squares, centred, centred);
  });
  const float scale = 1.0f / std::sqrt(sum_of_lanes(squares) / size + norm_epsilon);
  each_vector(row, width, [&](Vector x, int count, long at) { store(row + at, (x - mean) * scale, count); });
  return scale;
}

void add_norm_forward(const AddNormForward& p) {
  const bool drops = p.dropout.rate > 0;
  parallel_ranges(p.rows, rows_of_norm, [&](long first, long end) {
    if (drops) drop_elements(p.dropout, p.branch, p.unit, first * p.width, end * p.width);
    for (long row = first; row < end; ++row) {
      float *const unit = p.unit + row * p.width, *const out = p.out + row * p.width;
      const float *const x = p.x + row * p.width, *const branch = drops ? unit : p.branch + row * p.width;
      each_vector(x, p.width, [&](Vector value, int count, long at) {
        store(unit + at, value + load(branch + at, count), count);
      });
      p.scale[row] = normalise(unit, p.width);
      each_vector(unit, p.width, [&](Vector value, int count, long at) {
        store(out + at, multiply_add(load(p.bias + at, count), value, load(p.weight + at, count)), count);
      });
    }
  });
}

/** Σ dout · unit and Σ dout of some rows: what they give to the gradients by weight and bias. */
static void weight_gradients(const AddNormBackward& p, long first, long end, float* sums) {
  for (long at = 0; at < p.width; at += lanes) {
    const int count = present_at(at, p.width);
    Vector weight = zeros(), bias = zeros();
    for (long row = first; row < end; ++row) {
      const Vector dout = load(p.dout + row * p.width + at, count);
      weight = multiply_add(weight, dout, load(p.unit + row * p.width + at, count));
      bias += dout;
    }
    store(sums + at, weight, count);
    store(sums + p.width + at, bias, count);
  }
}

/** dx = scale (d - mean d - unit · mean(d · unit)) with d = dout · weight */
static void row_gradient(const AddNormBackward& p, long row) {
  const float *const unit = p.unit + row * p.width, *const dout = p.dout + row * p.width;
  float* const dx = p.dx + row * p.width;
  Vector sum = zeros(), along = zeros();
  each_vector(dout, p.width, [&](Vector value, int count, long at) {
    const Vector d = value * load(p.weight + at, count);
    sum += d;
    along = multiply_add(along, d, load(unit + at, count));
    store(dx + at, d, count);
  });
  const float size = static_cast<float>(p.width);
  const float mean = sum_of_lanes(sum) / size, mean_along = sum_of_lanes(along) / size, scale = p.scale[row];
  each_vector(dx, p.width, [&](Vector d, int count, long at) {
    store(dx + at, (d - mean - load(unit + at, count) * mean_along) * scale, count);
  });
}

void add_norm_backward(const AddNormBackward& p) {
  const bool drops = p.dropout.rate > 0;
  const long blocks = (p.rows + rows_of_norm - 1) / rows_of_norm;
  const Scratch memory(sizeof(float) * (blocks + 1) * 2 * p.width);
  float *const sums = memory.as<float>(), *const total = sums + blocks * 2 * p.width;
  parallel_ranges(p.rows, rows_of_norm, [&](long first, long end) {
    for (long row = first; row < end; ++row) row_gradient(p, row);
    weight_gradients(p, first, end, sums + first / rows_of_norm * 2 * p.width);
    if (drops) drop_elements(p.dropout, p.dx, p.dbranch, first * p.width, end * p.width);
    else __builtin_memcpy(p.dbranch + first * p.width, p.dx + first * p.width, sizeof(float) * (end - first) * p.width);
  });
  column_sums(sums, blocks, 2 * p.width, total);
  __builtin_memcpy(p.dweight, total, sizeof(float) * p.width);
  __builtin_memcpy(p.dbias, total + p.width, sizeof(float) * p.width);
}

}  // namespace honyaku::INSTRUCTION_SET
