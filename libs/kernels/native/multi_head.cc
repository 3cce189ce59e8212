/**
 * Multi-head attention (Vaswani et al. 2017, section 3.2) over packed sentences: softmax(Q Kᵀ / √size) V of each head of
 * each sentence, which are shared out and stay in the first-level cache. All is float32 in both precisions: these
 * products are a fiftieth of a layer's.
 */
#include "dropout.h"
#include "product.h"
#include "rows.h"
#include "transformer.h"

#include <cmath>

namespace honyaku::INSTRUCTION_SET {

/** Rows [tokens, size] of one head, which stand in rows of all heads. */
struct HeadRows {
  const float* data;
  long tokens, size, stride;

  Left on_left() const { return {data, stride}; }
  Right on_right() const { return right_of(data, stride, plain(tokens), plain(size)); }
  Right transposed() const { return right_transposed(data, stride, plain(size), plain(tokens)); }
};

/** target = left [rows, depth] · right [depth, columns], on this thread alone */
static void small_product(long rows, long depth, Left left, const Right& right, float* target, long stride, long columns) {
  const Columns of_target = plain(columns);
  multiply_blocks<Singles, narrow>(rows, depth, left, right, 0, panels_of<narrow>(of_target), from_zero,
                                   [&](long panel) { return target_of<narrow>(target, stride, of_target, panel); });
}

/** Products of a query with keys → shares of the visible ones that sum to 1, in place; those of the others are 0. */
static void shares_of(float* row, long visible, long keys, float scale) {
  const float lowest = -__FLT_MAX__;
  Vector most = all(lowest);
  each_vector(row, visible, [&](Vector x, int count, long) { most = larger(with_rest(x, count, lowest), most); });
  const float largest = largest_lane(most);
  Vector sum = zeros();
  each_vector(row, visible, [&](Vector x, int count, long at) {
    const Vector power = with_rest(exponential((x - largest) * scale), count, 0.0f);
    sum += power;
    store(row + at, power, count);
  });
  const float factor = 1.0f / sum_of_lanes(sum);
  each_vector(row, visible, [&](Vector power, int count, long at) { store(row + at, power * factor, count); });
  for (long key = visible; key < keys; ++key) row[key] = 0;
}

static inline long visible_to(long query, const MultiHead& p, const Looks& looks) {
  return p.causal && query + 1 < looks.keys ? query + 1 : looks.keys;
}

/** [rows, columns] → [columns, rows] */
static void transpose_small(const float* from, long rows, long columns, float* to) {
  for (long row = 0; row < rows; ++row)
    for (long column = 0; column < columns; ++column) to[column * rows + row] = from[row * columns + column];
}

/** `body(looks, first share, offset of the head in a row)` for each head of each sentence. */
template <class Body>
static inline void each_head(const MultiHead& p, const Body& body) {
  parallel(p.sentences * p.heads, [&](long task) {
    const Looks& looks = p.looks[task / p.heads];
    const long head = task % p.heads;
    body(looks, looks.first_share + head * looks.shares_of_head, head * p.size);
  });
}

void multi_head_forward(const MultiHeadForward& p) {
  const long width = p.heads * p.size;
  const float scale = 1.0f / std::sqrt(static_cast<float>(p.size));
  const bool drops = p.dropout.rate > 0;
  const Scratch memory(drops ? sizeof(float) * p.shares_size : 0);
  each_head(p, [&](const Looks& looks, long first_share, long offset) {
    const HeadRows key{p.key + looks.first_key * width + offset, looks.keys, p.size, width};
    const HeadRows value{p.value + looks.first_key * width + offset, looks.keys, p.size, width};
    float* const shares = p.shares + first_share;
    small_product(looks.queries, p.size, {p.query + looks.first_query * width + offset, width}, key.transposed(), shares,
                  looks.keys, looks.keys);
    for (long query = 0; query < looks.queries; ++query)
      shares_of(shares + query * looks.keys, visible_to(query, p, looks), looks.keys, scale);
    if (drops)
      drop_elements(p.dropout, p.shares, memory.as<float>(), first_share, first_share + looks.queries * looks.keys);
    const float* const kept = drops ? memory.as<float>() + first_share : shares;
    small_product(looks.queries, looks.keys, {kept, looks.keys}, value.on_right(),
                  p.context + looks.first_query * width + offset, width, p.size);
  });
}

/** dproducts = shares (dshares - Σ shares dshares) · scale, in place of dshares */
static void products_gradient(const float* shares, float* row, long keys, float scale) {
  const float expected = dot(shares, row, keys);
  each_vector(row, keys, [&](Vector dshare, int count, long at) {
    store(row + at, load(shares + at, count) * (dshare - expected) * scale, count);
  });
}

void multi_head_backward(const MultiHeadBackward& p) {
  const long width = p.heads * p.size;
  const float scale = 1.0f / std::sqrt(static_cast<float>(p.size));
  const bool drops = p.dropout.rate > 0;
  const Scratch memory(sizeof(float) * 3 * p.shares_size);
  float *const all_dshares = memory.as<float>(), *const all_kept = all_dshares + p.shares_size;
  each_head(p, [&](const Looks& looks, long first_share, long offset) {
    const long at_queries = looks.first_query * width + offset, at_keys = looks.first_key * width + offset;
    const HeadRows query{p.query + at_queries, looks.queries, p.size, width};
    const HeadRows dcontext{p.dcontext + at_queries, looks.queries, p.size, width};
    const HeadRows key{p.key + at_keys, looks.keys, p.size, width}, value{p.value + at_keys, looks.keys, p.size, width};
    const long count = looks.queries * looks.keys, end = first_share + count;
    float *const dproducts = all_dshares + first_share, *const transposed = all_kept + p.shares_size + first_share;

    small_product(looks.queries, p.size, dcontext.on_left(), value.transposed(), dproducts, looks.keys, looks.keys);
    if (drops) drop_elements(p.dropout, all_dshares, all_dshares, first_share, end);
    for (long row = 0; row < count; row += looks.keys)
      products_gradient(p.shares + first_share + row, dproducts + row, looks.keys, scale);
    small_product(looks.queries, looks.keys, {dproducts, looks.keys}, key.on_right(), p.dquery + at_queries, width, p.size);
    transpose_small(dproducts, looks.queries, looks.keys, transposed);
    small_product(looks.keys, looks.queries, {transposed, looks.queries}, query.on_right(), p.dkey + at_keys, width, p.size);

    if (drops) drop_elements(p.dropout, p.shares, all_kept, first_share, end);
    transpose_small(drops ? all_kept + first_share : p.shares + first_share, looks.queries, looks.keys, transposed);
    small_product(looks.keys, looks.queries, {transposed, looks.queries}, dcontext.on_right(), p.dvalue + at_keys, width,
                  p.size);
  });
}

}  // namespace honyaku::INSTRUCTION_SET
