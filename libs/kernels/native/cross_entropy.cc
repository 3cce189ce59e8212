/** The loss of each token with its gradient by the logits, row by row while a row is in the cache. */
#include "kernels.h"
#include "rows.h"

#include <cmath>

namespace honyaku::INSTRUCTION_SET {

/**
 * The loss is that of the label alone, log Σ e^z - z_label with z less its largest, by which epochs are compared
 * whatever their smoothing. The gradient is that of the smoothed loss: the label keeps 1 - smoothing of the
 * probability, and all words share the rest evenly.
 */
static float row_loss(const CrossEntropy& p, const float* logits, long label, float* gradient) {
  const float lowest = -__FLT_MAX__;
  Vector most = all(lowest);
  each_vector(logits, p.vocabulary,
              [&](Vector z, int count, long) { most = larger(with_rest(z, count, lowest), most); });
  const float largest = largest_lane(most);

  Vector sum = zeros();
  each_vector(logits, p.vocabulary, [&](Vector z, int count, long at) {
    const Vector shifted = with_rest(z - largest, count, 0.0f);
    const Vector power = with_rest(exponential(shifted), count, 0.0f);
    sum += power;
    store(gradient + at, power, count);
  });
  const float total = sum_of_lanes(sum), spread = p.smoothing / static_cast<float>(p.vocabulary);

  const float factor = p.scale / total, offset = p.scale * spread;
  each_vector(gradient, p.vocabulary,
              [&](Vector power, int count, long at) { store(gradient + at, power * factor - offset, count); });
  gradient[label] -= p.scale * (1.0f - p.smoothing);
  return std::log(total) - (logits[label] - largest);
}

void cross_entropy(const CrossEntropy& p) {
  parallel_ranges(p.rows, 4, [&](long first, long end) {
    for (long row = first; row < end; ++row)
      p.losses[row] = row_loss(p, p.logits + row * p.vocabulary, p.labels[row], p.dlogits + row * p.vocabulary);
  });
}

}  // namespace honyaku::INSTRUCTION_SET
