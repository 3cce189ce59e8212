/**
 * Attention (Luong et al. 2015): each position of the decoder looks at its sentence's rows of the encoder. Sentences
 * are shared out; one of them with its queries stays in the first-level cache.
 */
#include "kernels.h"
#include "rows.h"
#include "scratch.h"

namespace honyaku::INSTRUCTION_SET {

/** out [size] = Σ weights [count] · rows [count, size] */
static inline void weighted_sum(const float* weights, long count, const float* rows, float* out, long size) {
  for (long at = 0; at < size; at += lanes) {
    const int present = present_at(at, size);
    Vector sum = zeros();
    for (long row = 0; row < count; ++row)
      sum = multiply_add(sum, all(weights[row]), load(rows + row * size + at, present));
    store(out + at, sum, present);
  }
}

/** Scores → shares that sum to 1, in place; those of padding are 0. */
static void softmax(float* scores, const float* mask, long width) {
  float largest = -__FLT_MAX__, total = 0;
  for (long token = 0; token < width; ++token)
    if (mask[token] >= 0 && scores[token] > largest) largest = scores[token];
  for (long at = 0; at < width; at += lanes) {
    const int present = present_at(at, width);
    const Vector powers = exponential(load(scores + at, present) - largest);
    store(scores + at, load(mask + at, present) >= 0.0f ? powers : zeros(), present);
  }
  for (long token = 0; token < width; ++token) total += scores[token];
  for (long token = 0; token < width; ++token) scores[token] /= total;
}

/** `body(position)` for each time step of one row of the decoder. */
template <class Body>
static inline void each_position(const Sequence& sequence, long row, const Body& body) {
  for (long step = 0, offset = 0; sequence.rows_at(step) > row; offset += sequence.rows[step++]) body(offset + row);
}

void attention_forward(const AttentionForward& p) {
  parallel(p.sequence.rows_at(0), [&](long row) {
    const float* const encoded = p.encoded + row * p.width * p.hidden;
    each_position(p.sequence, row, [&](long position) {
      float* const shares = p.shares + position * p.width;
      for (long token = 0; token < p.width; ++token)
        shares[token] = dot(p.query + position * p.hidden, encoded + token * p.hidden, p.hidden);
      softmax(shares, p.mask + row * p.width, p.width);
      weighted_sum(shares, p.width, encoded, p.context + position * p.hidden, p.hidden);
    });
  });
}

/** dscores = shares (dshares - Σ shares dshares), which goes to the queries and, with the context's, to the encoder. */
void attention_backward(const AttentionBackward& p) {
  const long row_size = p.width * p.hidden;
  const Scratch memory(sizeof(float) * p.sequence.positions * p.width);
  parallel(p.sequence.batch, [&](long row) {
    const float* const encoded = p.encoded + row * row_size;
    float* const dencoded = p.dencoded + row * row_size;
    __builtin_memset(dencoded, 0, sizeof(float) * row_size);
    each_position(p.sequence, row, [&](long position) {
      const float* const shares = p.shares + position * p.width;
      const float *const query = p.query + position * p.hidden, *const dcontext = p.dcontext + position * p.hidden;
      float* const dscores = memory.as<float>() + position * p.width;
      float expected = 0;
      for (long token = 0; token < p.width; ++token) {
        dscores[token] = dot(dcontext, encoded + token * p.hidden, p.hidden);
        expected += shares[token] * dscores[token];
      }
      for (long token = 0; token < p.width; ++token) dscores[token] = shares[token] * (dscores[token] - expected);
      weighted_sum(dscores, p.width, encoded, p.dquery + position * p.hidden, p.hidden);
      for (long token = 0; token < p.width; ++token) {
        const Vector share = all(shares[token]), dscore = all(dscores[token]);
        for (long at = 0; at < p.hidden; at += lanes) {
          const int present = present_at(at, p.hidden);
          float* const to = dencoded + token * p.hidden + at;
          Vector sum = multiply_add(load(to, present), share, load(dcontext + at, present));
          store(to, multiply_add(sum, dscore, load(query + at, present)), present);
        }
      }
    });
  });
}

}  // namespace honyaku::INSTRUCTION_SET
