/**
 * Multi-head attention of generation: the one query of each row against keys and values that are kept from token to
 * token. They stand in a table to which each step adds its rows; hypotheses that fork share what was before.
 */
#include "rows.h"
#include "transformer.h"

#include <cmath>

namespace honyaku::INSTRUCTION_SET {

/** Products → shares that sum to 1, in place, of the first `present` tokens; those of the others are 0. */
static void step_shares(float* shares, long present, long tokens) {
  float largest = -__FLT_MAX__;
  for (long token = 0; token < present; ++token) largest = shares[token] > largest ? shares[token] : largest;
  Vector sum = zeros();
  each_vector(shares, present, [&](Vector x, int count, long at) {
    const Vector power = with_rest(exponential(x - largest), count, 0.0f);
    sum += power;
    store(shares + at, power, count);
  });
  const float factor = 1.0f / sum_of_lanes(sum);
  for (long token = 0; token < tokens; ++token) shares[token] = token < present ? shares[token] * factor : 0;
}

void multi_head_step(const MultiHeadStep& p) {
  const long width = p.heads * p.size;
  const float scale = 1.0f / std::sqrt(static_cast<float>(p.size));
  parallel(p.rows, [&](long row) {
    const float* const query = p.query + row * p.query_stride;
    const int32_t* const places = p.places + row * p.tokens;
    if (p.remembers)
      __builtin_memcpy(p.table + places[p.tokens - 1] * 2 * width, query + width, sizeof(float) * 2 * width);
    long present = 0;
    while (present < p.tokens && places[present] >= 0) ++present;
    const auto key_at = [&](long token) { return p.table + places[token] * 2 * width; };
    for (long head = 0; head < p.heads; ++head) {
      float* const shares = p.shares + (row * p.heads + head) * p.tokens;
      const long offset = head * p.size;
      for (long token = 0; token < present; ++token)
        shares[token] = scale * dot(query + offset, key_at(token) + offset, p.size);
      step_shares(shares, present, p.tokens);
      for (long at = 0; at < p.size; at += lanes) {
        const int count = present_at(at, p.size);
        Vector sum = zeros();
        for (long token = 0; token < present; ++token)
          sum = multiply_add(sum, all(shares[token]), load(key_at(token) + width + offset + at, count));
        store(p.context + row * width + offset + at, sum, count);
      }
    }
  });
}

}  // namespace honyaku::INSTRUCTION_SET
