/** The operations on rows of hidden states beside products and layers: their inputs, checked, and their kernels. */
#include "dispatch.h"
#include "operations.h"

namespace honyaku {

DropoutKey dropout_of(const Call& call, int index, const char* name) {
  const Tensor key = call.input(index, name, {2});
  const float rate = call.attributes.rate;
  require(rate >= 0 && rate < 1, "rate must be at least 0 and below 1, not " + std::to_string(rate));
  return {{static_cast<uint32_t>(key.ints()[0]), static_cast<uint32_t>(key.ints()[1])}, rate};
}

namespace {

void compute_dropout(const Call& call) {
  const Tensor x = call.input(0);
  kernels().dropout({x.size(), x.floats(), dropout_of(call, 1, "key"), call.output(0, x.shape())});
}

void compute_scatter_add(const Call& call) {
  const Tensor x = call.matrix(0, "x");
  const int64_t rows = x.shape()[0], columns = x.shape()[1], count = call.attributes.count;
  const Tensor indices = call.input(1, "indices", {rows});
  for (long row = 0; row < rows; ++row)
    require(indices.ints()[row] >= 0 && indices.ints()[row] < count,
            "index " + std::to_string(indices.ints()[row]) + " of row " + std::to_string(row) +
                " is none of the table's " + std::to_string(count));
  kernels().scatter_add({rows, columns, count, x.floats(), indices.ints(), call.output(0, {count, columns})});
}

/** Inputs that forward and backward of attention share: query, encoded, rows. */
struct AttentionInputs {
  explicit AttentionInputs(const Call& call)
      : query(call.matrix(0, "query")),
        encoded(call.input(1)),
        rows(call.input(2)),
        positions(query.shape()[0]),
        hidden(query.shape()[1]) {
    const Shape shape = encoded.shape();
    require(shape.size() == 3 && shape[2] == hidden,
            "encoded must be of shape [batch, length, " + std::to_string(hidden) + "], not " + text_of(shape));
    batch = shape[0];
    width = shape[1];
    attention = {sequence_of(rows, batch, positions), width, hidden, query.floats(), encoded.floats()};
  }

  const Tensor query, encoded, rows;
  const int64_t positions, hidden;
  int64_t batch, width;
  Attention attention;
};

void compute_attention(const Call& call) {
  const AttentionInputs in(call);
  const Tensor mask = call.input(3, "mask", {in.batch, 1, in.width});
  kernels().attention_forward({in.attention, mask.floats(), call.output(0, {in.positions, in.hidden}),
                               call.output(1, {in.positions, in.width})});
}

void compute_attention_gradient(const Call& call) {
  const AttentionInputs in(call);
  const Shape of_query = {in.positions, in.hidden};
  const Tensor shares = call.input(3, "shares", {in.positions, in.width}), dcontext = call.input(4, "dcontext", of_query);
  kernels().attention_backward({in.attention, shares.floats(), dcontext.floats(), call.output(0, of_query),
                                call.output(1, {in.batch, in.width, in.hidden})});
}

}  // namespace

std::vector<Operation> row_operations() {
  return {
      {"HonyakuDropout", {"rate: float"}, {"x: float", "key: int32"}, {"out: float"}, compute<compute_dropout>},
      {"HonyakuScatterAdd",
       {"count: int >= 0"},
       {"x: float", "indices: int32"},
       {"table: float"},
       compute<compute_scatter_add>},
      {"HonyakuAttention",
       {},
       {"query: float", "encoded: float", "rows: int32", "mask: float"},
       {"context: float", "shares: float"},
       compute<compute_attention>},
      {"HonyakuAttentionGrad",
       {},
       {"query: float", "encoded: float", "rows: int32", "shares: float", "dcontext: float"},
       {"dquery: float", "dencoded: float"},
       compute<compute_attention_gradient>},
  };
}

}  // namespace honyaku
