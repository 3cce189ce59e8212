/** The operations that TensorFlow knows: their inputs, checked, and the kernel that computes them. */
#include <algorithm>
#include <cmath>
#include <tuple>

#include "dispatch.h"
#include "operations.h"

namespace honyaku {
namespace {

/** @param has_start whether there is a third input, of the product's shape or one row of it */
void compute_product(const Call& call, bool has_start) {
  const auto& [precision, transpose_a, transpose_b] =
      std::tie(call.attributes.precision, call.attributes.transpose_a, call.attributes.transpose_b);
  const Tensor a = call.matrix(0, "a"), b = call.matrix(1, "b");
  const Shape of_a = a.shape(), of_b = b.shape();
  const int64_t rows = of_a[transpose_a], depth = of_a[!transpose_a], columns = of_b[!transpose_b];
  require(of_b[transpose_b] == depth,
          "a of shape " + text_of(of_a) + (transpose_a ? " (transposed)" : "") + " cannot be multiplied with b of shape " +
              text_of(of_b) + (transpose_b ? " (transposed)" : ""));
  const auto multiply = [&](const float* start, long stride) {
    float* const out = call.output(0, {rows, columns});
    kernels().matmul({precision, rows, depth, columns, a.floats(), b.floats(), transpose_a, transpose_b, start, stride, out});
  };
  if (!has_start) return multiply(nullptr, 0);
  const Tensor start = call.input(2);
  const bool is_row = start.shape() == Shape{columns};
  require(is_row || start.shape() == Shape{rows, columns},
          "start must be of shape " + text_of({rows, columns}) + " or " + text_of({columns}) + ", not " + text_of(start.shape()));
  multiply(start.floats(), is_row ? 0 : columns);
}

void compute_matmul(const Call& call) { compute_product(call, false); }

void compute_matmul_sum(const Call& call) { compute_product(call, true); }

/** The gradient by h of the first rows of the last time step. @throws Refused */
Tensor final_gradient(const Call& call, int index, const Layer& layer) {
  Tensor gradient = call.matrix(index, "dh_final");
  const Sequence& sequence = layer.sequence;
  const int64_t rows = gradient.shape()[0], last = sequence.steps == 0 ? 0 : sequence.rows[sequence.steps - 1];
  require(gradient.shape()[1] == layer.hidden, "dh_final must have " + std::to_string(layer.hidden) + " columns, not " +
                                                   std::to_string(gradient.shape()[1]));
  require(rows <= last,
          "dh_final has " + std::to_string(rows) + " rows, the last time step has " + std::to_string(last));
  return gradient;
}

/** Inputs that forward and backward of the LSTM share: x, kernel, h0, c0, rows. */
struct LstmInputs {
  explicit LstmInputs(const Call& call)
      : x(call.matrix(0, "x")),
        h0(call.matrix(2, "h0")),
        positions(x.shape()[0]),
        input(x.shape()[1]),
        batch(h0.shape()[0]),
        hidden(h0.shape()[1]),
        kernel(call.input(1, "kernel", {input + hidden, 4 * hidden})),
        c0(call.input(3, "c0", {batch, hidden})),
        rows(call.input(4)),
        gate_width(kernels().gate_width(4, hidden)),
        lstm{{call.attributes.precision, sequence_of(rows, batch, positions), input, hidden, x.floats(), h0.floats()},
             kernel.floats(),
             c0.floats()} {}

  const Tensor x, h0;
  const int64_t positions, input, batch, hidden;
  const Tensor kernel, c0, rows;
  const int64_t gate_width;
  const Lstm lstm;
};

void compute_lstm(const Call& call) {
  const LstmInputs in(call);
  const Tensor bias = call.input(5, "bias", {4 * in.hidden});
  const Shape states = {in.positions, in.hidden};
  kernels().lstm_forward({in.lstm, bias.floats(), call.output(0, states), call.output(1, states),
                          call.output(2, {in.positions, in.gate_width})});
}

void compute_lstm_gradient(const Call& call) {
  const LstmInputs in(call);
  const Shape states = {in.positions, in.hidden};
  const Tensor h = call.input(5, "h", states), c = call.input(6, "c", states);
  const Tensor gates = call.input(7, "gates", {in.positions, in.gate_width}), dh = call.input(8, "dh", states);
  const Tensor dh_final = final_gradient(call, 9, in.lstm);
  const int64_t final_rows = dh_final.shape()[0];
  const Tensor dc_final = call.input(10, "dc_final", {final_rows, in.hidden});
  kernels().lstm_backward({in.lstm, h.floats(), c.floats(), gates.floats(), dh.floats(), final_rows, dh_final.floats(),
                           dc_final.floats(), call.output(0, {in.positions, in.input}),
                           call.output(1, {in.input + in.hidden, 4 * in.hidden}), call.output(2, {4 * in.hidden}),
                           call.output(3, {in.batch, in.hidden}), call.output(4, {in.batch, in.hidden})});
}

/** Inputs that forward and backward of the GRU share: x, both weights, h0, rows. */
struct GruInputs {
  explicit GruInputs(const Call& call)
      : x(call.matrix(0, "x")),
        h0(call.matrix(3, "h0")),
        positions(x.shape()[0]),
        input(x.shape()[1]),
        batch(h0.shape()[0]),
        hidden(h0.shape()[1]),
        input_weight(call.input(1, "input_weight", {3 * hidden, input})),
        recurrent_weight(call.input(2, "recurrent_weight", {3 * hidden, hidden})),
        rows(call.input(4)),
        gate_width(kernels().gate_width(4, hidden)),
        gru{{call.attributes.precision, sequence_of(rows, batch, positions), input, hidden, x.floats(), h0.floats()},
            input_weight.floats(),
            recurrent_weight.floats()} {}

  const Tensor x, h0;
  const int64_t positions, input, batch, hidden;
  const Tensor input_weight, recurrent_weight, rows;
  const int64_t gate_width;
  const Gru gru;
};

void compute_gru(const Call& call) {
  const GruInputs in(call);
  const Tensor input_bias = call.input(5, "input_bias", {3 * in.hidden});
  const Tensor recurrent_bias = call.input(6, "recurrent_bias", {3 * in.hidden});
  kernels().gru_forward({in.gru, input_bias.floats(), recurrent_bias.floats(),
                         call.output(0, {in.positions, in.hidden}), call.output(1, {in.positions, in.gate_width})});
}

void compute_gru_gradient(const Call& call) {
  const GruInputs in(call);
  const Shape states = {in.positions, in.hidden}, bias = {3 * in.hidden};
  const Tensor h = call.input(5, "h", states), gates = call.input(6, "gates", {in.positions, in.gate_width});
  const Tensor dh = call.input(7, "dh", states), dh_final = final_gradient(call, 8, in.gru);
  kernels().gru_backward({in.gru, h.floats(), gates.floats(), dh.floats(), dh_final.shape()[0], dh_final.floats(),
                          call.output(0, {in.positions, in.input}), call.output(1, {3 * in.hidden, in.input}),
                          call.output(2, {3 * in.hidden, in.hidden}), call.output(3, bias), call.output(4, bias),
                          call.output(5, {in.batch, in.hidden})});
}

void compute_cross_entropy(const Call& call) {
  const Tensor logits = call.matrix(0, "logits");
  const int64_t rows = logits.shape()[0], vocabulary = logits.shape()[1];
  const Tensor labels = call.input(1, "labels", {rows}), scale = call.input(2, "scale", {});
  for (long row = 0; row < rows; ++row)
    require(labels.ints()[row] >= 0 && labels.ints()[row] < vocabulary,
            "label " + std::to_string(labels.ints()[row]) + " of row " + std::to_string(row) +
                " is none of the vocabulary's " + std::to_string(vocabulary));
  kernels().cross_entropy({rows, vocabulary, logits.floats(), labels.ints(), call.attributes.smoothing,
                           *scale.floats(), call.output(0, {rows}), call.output(1, {rows, vocabulary})});
}

void compute_adam(const Call& call) {
  const int count = call.attributes.count;
  std::vector<Tensor> tensors;
  for (int index = 0; index < 4 * count; ++index) tensors.push_back(call.input(index));
  std::vector<AdamParameter> parameters;
  const char* const names[] = {"", "first moment", "second moment", "gradient"};
  for (int index = 0; index < count; ++index) {
    for (int part = 1; part < 4; ++part)
      require(tensors[part * count + index].shape() == tensors[index].shape(),
              "parameter " + std::to_string(index) + " is of shape " + text_of(tensors[index].shape()) + ", its " +
                  names[part] + " of shape " + text_of(tensors[part * count + index].shape()));
    parameters.push_back({{tensors[index].floats(), tensors[index].size()},
                          tensors[count + index].floats(),
                          tensors[2 * count + index].floats(),
                          tensors[3 * count + index].floats()});
  }
  const Tensor settings = call.input(4 * count, "settings", {4});
  const float* const values = settings.floats();
  const Attributes& a = call.attributes;
  require(values[1] >= 1, "steps count from 1, not from " + std::to_string(values[1]));
  kernels().adam(parameters.data(), count,
                 {values[0], a.beta1, a.beta2, a.epsilon, values[2], values[3], std::lround(values[1])});
}

void compute_squared_norm(const Call& call) {
  std::vector<Tensor> tensors;
  std::vector<Values> values;
  for (int index = 0; index < call.attributes.count; ++index) {
    tensors.push_back(call.input(index));
    values.push_back({tensors.back().floats(), tensors.back().size()});
  }
  *call.output(0, {}) = static_cast<float>(kernels().squared_norm(values.data(), call.attributes.count));
}

}  // namespace

Sequence sequence_of(const Tensor& rows, int64_t batch, int64_t positions) {
  require(rows.shape().size() == 1, "rows must be a vector, not of shape " + text_of(rows.shape()));
  const int32_t* const values = rows.ints();
  int64_t sum = 0;
  for (long step = 0; step < rows.size(); ++step) {
    require(values[step] >= 0, "a time step has " + std::to_string(values[step]) + " rows");
    const int64_t most = step == 0 ? batch : values[step - 1];
    require(values[step] <= most, "time step " + std::to_string(step) + " has " + std::to_string(values[step]) +
                                      " rows after one of " + std::to_string(most) + "; rows must end, not begin");
    sum += values[step];
  }
  require(sum == positions, "rows add up to " + std::to_string(sum) + " positions, but x has " + std::to_string(positions));
  return {batch, rows.size(), positions, values};
}

std::vector<Operation> operations() {
  const char* const precision = "precision: {'float32', 'bfloat16'} = 'float32'";
  return {
      {"HonyakuMatMul",
       {"transpose_a: bool = false", "transpose_b: bool = false", precision},
       {"a: float", "b: float"},
       {"product: float"},
       compute<compute_matmul>},
      {"HonyakuMatMulSum",
       {"transpose_a: bool = false", "transpose_b: bool = false", precision},
       {"a: float", "b: float", "start: float"},
       {"sum: float"},
       compute<compute_matmul_sum>},
      {"HonyakuLstm",
       {precision},
       {"x: float", "kernel: float", "h0: float", "c0: float", "rows: int32", "bias: float"},
       {"h: float", "c: float", "gates: float"},
       compute<compute_lstm>},
      {"HonyakuLstmGrad",
       {precision},
       {"x: float", "kernel: float", "h0: float", "c0: float", "rows: int32", "h: float", "c: float", "gates: float",
        "dh: float", "dh_final: float", "dc_final: float"},
       {"dx: float", "dkernel: float", "dbias: float", "dh0: float", "dc0: float"},
       compute<compute_lstm_gradient>},
      {"HonyakuGru",
       {precision},
       {"x: float", "input_weight: float", "recurrent_weight: float", "h0: float", "rows: int32", "input_bias: float",
        "recurrent_bias: float"},
       {"h: float", "gates: float"},
       compute<compute_gru>},
      {"HonyakuGruGrad",
       {precision},
       {"x: float", "input_weight: float", "recurrent_weight: float", "h0: float", "rows: int32", "h: float",
        "gates: float", "dh: float", "dh_final: float"},
       {"dx: float", "dinput_weight: float", "drecurrent_weight: float", "dinput_bias: float", "drecurrent_bias: float",
        "dh0: float"},
       compute<compute_gru_gradient>},
      {"HonyakuCrossEntropy",
       {"smoothing: float = 0"},
       {"logits: float", "labels: int32", "scale: float"},
       {"losses: float", "dlogits: float"},
       compute<compute_cross_entropy>},
      {"HonyakuAdam",
       {"N: int >= 1", "beta1: float = 0.9", "beta2: float = 0.999", "epsilon: float = 1e-8"},
       {"parameters: N * float", "first_moments: N * float", "second_moments: N * float", "gradients: N * float",
        "settings: float"},
       {},
       compute<compute_adam>},
      {"HonyakuSquaredNorm", {"N: int >= 1"}, {"tensors: N * float"}, {"norm: float"}, compute<compute_squared_norm>},
  };
}

}  // namespace honyaku
