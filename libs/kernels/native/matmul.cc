#include "kernels.h"
#include "product.h"

namespace honyaku::INSTRUCTION_SET {

template <class Words>
static void matmul_of(const MatMul& m) {
  const Columns columns = plain(m.columns), depth = plain(m.depth);
  const Right right = m.transpose_b ? right_transposed(m.b, m.depth, depth, columns) : right_of(m.b, m.columns, depth, columns);
  const Start start{m.start, m.start_stride};
  if (!m.transpose_a) {
    const LeftRows<Words> left(m.a, m.rows, m.depth);
    return product<Words>(m.rows, m.depth, *left, right, start, m.out, m.columns, columns);
  }
  const long stride = spread(words_of<Words>(m.depth));
  const Scratch transposed(sizeof(float) * m.rows * stride);
  const auto row_at = [&](long k) { return m.a + k * m.rows; };
  transpose_left<Words>(m.depth, row_at, plain(m.rows), plain(m.rows), transposed.as<float>(), stride);
  product<Words>(m.rows, m.depth, {transposed.as<float>(), stride}, right, start, m.out, m.columns, columns);
}

void matmul(const MatMul& m) { m.precision == Precision::float32 ? matmul_of<Singles>(m) : matmul_of<Pairs>(m); }

}  // namespace honyaku::INSTRUCTION_SET
