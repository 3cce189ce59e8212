/** The operations of generation that TensorFlow knows: their inputs, checked, and the kernel that computes them. */
#include <tuple>

#include "dispatch.h"
#include "tensorflow.h"

namespace honyaku {
namespace {

/** Weights that `HonyakuPack` arranged. @throws Refused where they are of other sizes, precision or instruction set */
Tensor packed_input(const Call& call, int index, const std::string& name, const PackedShape& shape) {
  const auto [panels, panel_size] = kernels().decoding.packed_size(shape);
  return call.input(index, name, {panels, panel_size});
}

void compute_pack(const Call& call) {
  const auto& [precision, transposed, gates] =
      std::tie(call.attributes.precision, call.attributes.transpose_b, call.attributes.gates);
  const Tensor weights = call.matrix(0, "weights");
  const Shape shape = weights.shape();
  const int64_t depth = shape[transposed], columns = shape[!transposed];
  require(gates == 1 || gates == 3 || gates == 4, "weights of " + std::to_string(gates) + " gates are not known");
  require(columns % gates == 0, std::to_string(columns) + " columns are not those of " + std::to_string(gates) + " gates");
  const PackedShape packed{precision, depth, gates, columns / gates};
  const auto [panels, panel_size] = kernels().decoding.packed_size(packed);
  kernels().decoding.pack({packed, weights.floats(), transposed, call.output(0, {panels, panel_size})});
}

void compute_packed_product(const Call& call) {
  const Tensor a = call.matrix(0, "a"), bias = call.input(2);
  const int64_t rows = a.shape()[0], depth = a.shape()[1], columns = bias.size();
  require(bias.shape().size() == 1, "bias must be a vector, not of shape " + text_of(bias.shape()));
  const Tensor packed = packed_input(call, 1, "packed", {call.attributes.precision, depth, 1, columns});
  kernels().decoding.packed_product({call.attributes.precision, rows, depth, columns, a.floats(), packed.floats(),
                                     bias.floats(), call.output(0, {rows, columns})});
}

/** Inputs that a step of each layer has: x, h, both packed weights. */
struct StepInputs {
  StepInputs(const Call& call, int64_t gates)
      : x(call.matrix(0, "x")),
        h(call.matrix(1, "h")),
        rows(x.shape()[0]),
        input(x.shape()[1]),
        hidden(h.shape()[1]),
        input_weight(packed_input(call, 2, "input_weight", {call.attributes.precision, input, gates, hidden})),
        recurrent_weight(packed_input(call, 3, "recurrent_weight", {call.attributes.precision, hidden, gates, hidden})) {
    require(h.shape()[0] == rows, "h has " + std::to_string(h.shape()[0]) + " rows, x has " + std::to_string(rows));
  }

  LayerStep step(const Call& call, float* after) const {
    return {call.attributes.precision, rows, input, hidden, x.floats(), h.floats(), input_weight.floats(),
            recurrent_weight.floats(), after};
  }

  const Tensor x, h;
  const int64_t rows, input, hidden;
  const Tensor input_weight, recurrent_weight;
};

void compute_lstm_step(const Call& call) {
  const StepInputs in(call, 4);
  const Shape states = {in.rows, in.hidden};
  const Tensor bias = call.input(4, "bias", {4 * in.hidden}), c = call.input(5, "c", states);
  float* const h_after = call.output(0, states);
  kernels().decoding.lstm_step({in.step(call, h_after), bias.floats(), c.floats(), call.output(1, states)});
}

void compute_gru_step(const Call& call) {
  const StepInputs in(call, 3);
  const Tensor input_bias = call.input(4, "input_bias", {3 * in.hidden});
  const Tensor recurrent_bias = call.input(5, "recurrent_bias", {3 * in.hidden});
  float* const h_after = call.output(0, {in.rows, in.hidden});
  kernels().decoding.gru_step({in.step(call, h_after), input_bias.floats(), recurrent_bias.floats()});
}

void compute_top_tokens(const Call& call) {
  const Tensor logits = call.matrix(0, "logits");
  const int64_t rows = logits.shape()[0], vocabulary = logits.shape()[1], count = call.attributes.count;
  require(count <= vocabulary,
          "the vocabulary has " + std::to_string(vocabulary) + " tokens, not " + std::to_string(count));
  int32_t* const ids = call.int_output(0, {rows, count});
  kernels().decoding.top_tokens(
      {rows, vocabulary, count, call.attributes.excluded, logits.floats(), ids, call.output(1, {rows, count})});
}

}  // namespace

std::vector<Operation> decoding_operations() {
  const char* const precision = "precision: {'float32', 'bfloat16'} = 'float32'";
  return {
      {"HonyakuPack",
       {"gates: int = 1", "transpose_b: bool = false", precision},
       {"weights: float"},
       {"packed: float"},
       compute<compute_pack>},
      {"HonyakuPackedProduct",
       {precision},
       {"a: float", "packed: float", "bias: float"},
       {"product: float"},
       compute<compute_packed_product>},
      {"HonyakuLstmStep",
       {precision},
       {"x: float", "h: float", "input_weight: float", "recurrent_weight: float", "bias: float", "c: float"},
       {"h_after: float", "c_after: float"},
       compute<compute_lstm_step>},
      {"HonyakuGruStep",
       {precision},
       {"x: float", "h: float", "input_weight: float", "recurrent_weight: float", "input_bias: float",
        "recurrent_bias: float"},
       {"h_after: float"},
       compute<compute_gru_step>},
      {"HonyakuTopTokens",
       {"count: int >= 1", "excluded: int = -1"},
       {"logits: float"},
       {"ids: int32", "log_probabilities: float"},
       compute<compute_top_tokens>},
  };
}

}  // namespace honyaku
