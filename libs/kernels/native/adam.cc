/** The update of all parameters, and the norm of all gradients, each in one pass over memory. */
#include "kernels.h"
#include "scratch.h"
#include "threads.h"
#include "vector.h"

#include <cmath>

namespace honyaku::INSTRUCTION_SET {

/** Tensors are cut into blocks of so many values; sums are those of blocks, whichever thread computed them. */
constexpr long block_size = 8192;

static inline long blocks_of(long size) { return (size + block_size - 1) / block_size; }

/** `body(tensor, first value, end, block among those of all tensors)` for each block of all tensors. */
template <class SizeOf, class Body>
static void parallel_blocks(long tensors, const SizeOf& size_of, const Body& body) {
  long blocks = 0;
  for (long tensor = 0; tensor < tensors; ++tensor) blocks += blocks_of(size_of(tensor));
  parallel(blocks, [&](long block) {
    long tensor = 0, within = block;
    while (within >= blocks_of(size_of(tensor))) within -= blocks_of(size_of(tensor++));
    const long first = within * block_size, size = size_of(tensor);
    body(tensor, first, first + block_size < size ? first + block_size : size, block);
  });
}

/**
 * As PyTorch has it: w ← (1 - rate · decay) w - rate m̂ / (√v̂ + ε). Both corrections of the moments come into the
 * rate and ε, worked out in 64 bits, since 1 - 0.999 keeps but five digits in 32.
 */
void adam(const AdamParameter* parameters, long count, const AdamSettings& s) {
  const double step = static_cast<double>(s.step);
  const double correction1 = 1 - std::pow(s.beta1, step), correction2 = std::sqrt(1 - std::pow(s.beta2, step));
  const Vector rate = all(static_cast<float>(s.learning_rate * correction2 / correction1));
  const Vector epsilon = all(static_cast<float>(s.epsilon * correction2));
  const Vector kept = all(static_cast<float>(1 - s.learning_rate * s.weight_decay));
  const Vector share1 = all(static_cast<float>(1 - s.beta1)), share2 = all(static_cast<float>(1 - s.beta2));
  const Vector factor = all(static_cast<float>(s.gradient_factor));

  parallel_blocks(count, [&](long index) { return parameters[index].value.size; },
                  [&](long index, long first, long end, long) {
    const AdamParameter& p = parameters[index];
    for (long at = first; at < end; at += lanes) {
      const int present = static_cast<int>(end - at < lanes ? end - at : lanes);
      const Vector gradient = load(p.gradient + at, present) * factor;
      Vector m = load(p.first_moment + at, present), v = load(p.second_moment + at, present);
      m = multiply_add(m, gradient - m, share1);
      v = multiply_add(v, gradient * gradient - v, share2);
      store(p.first_moment + at, m, present);
      store(p.second_moment + at, v, present);
      const Vector value = load(p.value.data + at, present) * kept;
      store(p.value.data + at, value - rate * m / (square_root(v) + epsilon), present);
    }
  });
}

double squared_norm(const Values* tensors, long count) {
  long blocks = 0;
  for (long tensor = 0; tensor < count; ++tensor) blocks += blocks_of(tensors[tensor].size);
  const Scratch memory(sizeof(double) * blocks);
  double* const sums = memory.as<double>();
  parallel_blocks(count, [&](long index) { return tensors[index].size; },
                  [&](long index, long first, long end, long block) {
    Vector sum[4] = {};
    int turn = 0;
    for (long at = first; at < end; at += lanes, turn = (turn + 1) % 4) {
      const Vector x = load(tensors[index].data + at, static_cast<int>(end - at < lanes ? end - at : lanes));
      sum[turn] = multiply_add(sum[turn], x, x);
    }
    sums[block] = sum_of_lanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
  });
  double total = 0;
  for (long block = 0; block < blocks; ++block) total += sums[block];
  return total;
}

}  // namespace honyaku::INSTRUCTION_SET
