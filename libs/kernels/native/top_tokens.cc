/** The likeliest tokens of each row of logits with their log probabilities, in two passes while the row is in the cache. */
#include "decoding.h"
#include "threads.h"
#include "vector.h"

#include <cmath>

namespace honyaku::INSTRUCTION_SET {

/** The best tokens so far, likeliest first. */
class Best {
 public:
  Best(const TopTokens& p, long row)
      : logits_(p.logits + row * p.vocabulary),
        excluded_(p.excluded),
        ids_(p.ids + row * p.count),
        values_(p.log_probabilities + row * p.count),
        count_(p.count) {}

  /** The logit that a token must exceed to be among them. */
  float least() const { return length_ < count_ ? -__builtin_inff() : values_[count_ - 1]; }

  /** Tokens come with rising ids, so that of equal ones the lower stays first. */
  void offer(long id) {
    const float value = id == excluded_ ? -__builtin_inff() : logits_[id];
    if (length_ == count_ && !(value > values_[count_ - 1])) return;
    long at = length_ < count_ ? length_++ : count_ - 1;
    for (; at > 0 && value > values_[at - 1]; --at) {
      values_[at] = values_[at - 1];
      ids_[at] = ids_[at - 1];
    }
    values_[at] = value;
    ids_[at] = static_cast<int32_t>(id);
  }

 private:
  const float* const logits_;
  const long excluded_;
  int32_t* const ids_;
  float* const values_;
  const long count_;
  long length_ = 0;
};

static bool any_above(Vector x, float least) {
  const IntVector above = x > all(least);
  int32_t found = 0;
  for (int lane = 0; lane < lanes; ++lane) found |= above[lane];
  return found != 0;
}

static void top_tokens_of_row(const TopTokens& p, long row) {
  const float* const logits = p.logits + row * p.vocabulary;
  Best best(p, row);
  long id = 0;
  for (; id < p.count; ++id) best.offer(id);
  Vector most = all(-__FLT_MAX__);
  for (long seen = 0; seen < id; ++seen) most = larger(all(logits[seen]), most);
  for (; id + lanes <= p.vocabulary; id += lanes) {
    const Vector z = load(logits + id);
    most = larger(z, most);
    if (any_above(z, best.least()))
      for (int lane = 0; lane < lanes; ++lane) best.offer(id + lane);
  }
  for (; id < p.vocabulary; ++id) {
    most = larger(all(logits[id]), most);
    best.offer(id);
  }

  const float largest = largest_lane(most);
  Vector sum = zeros();
  long at = 0;
  for (; at + lanes <= p.vocabulary; at += lanes) sum += exponential(load(logits + at) - largest);
  float total = sum_of_lanes(sum);
  for (; at < p.vocabulary; ++at) total += exponential(all(logits[at] - largest))[0];
  const float log_sum = largest + std::log(total);
  for (long place = 0; place < p.count; ++place) p.log_probabilities[row * p.count + place] -= log_sum;
}

void top_tokens(const TopTokens& p) {
  parallel_ranges(p.rows, 4, [&](long first, long end) {
    for (long row = first; row < end; ++row) top_tokens_of_row(p, row);
  });
}

}  // namespace honyaku::INSTRUCTION_SET
