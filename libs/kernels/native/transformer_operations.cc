/** The operations of the Transformer: their inputs, checked, and their kernels. */
#include "dispatch.h"
#include "operations.h"

namespace honyaku {
namespace {

/** Lengths of sentences, which add up to so many positions. @throws Refused */
Tensor lengths_input(const Call& call, int index, const std::string& name, int64_t positions) {
  Tensor lengths = call.input(index);
  require(lengths.shape().size() == 1, name + " must be a vector, not of shape " + text_of(lengths.shape()));
  int64_t sum = 0;
  for (long row = 0; row < lengths.size(); ++row) {
    require(lengths.ints()[row] >= 1, name + " has a sentence of " + std::to_string(lengths.ints()[row]) + " tokens");
    sum += lengths.ints()[row];
  }
  require(sum == positions, name + " add up to " + std::to_string(sum) + " positions, but there are " + std::to_string(positions));
  return lengths;
}

/** Inputs that forward and backward of attention share: query, key, value, both lengths, key of dropout. */
struct MultiHeadInputs {
  explicit MultiHeadInputs(const Call& call)
      : query(call.matrix(0, "query")),
        key(call.matrix(1, "key")),
        queries(query.shape()[0]),
        keys(key.shape()[0]),
        width(query.shape()[1]),
        value(call.input(2, "value", {keys, width})),
        query_lengths(lengths_input(call, 3, "query_lengths", queries)),
        key_lengths(lengths_input(call, 4, "key_lengths", keys)) {
    const int64_t heads = call.attributes.heads;
    require(heads >= 1 && width % heads == 0, std::to_string(heads) + " heads do not divide the width " + std::to_string(width));
    require(key.shape()[1] == width, "key must have " + std::to_string(width) + " columns, not " + std::to_string(key.shape()[1]));
    require(query_lengths.size() == key_lengths.size(), "there are query_lengths of " + std::to_string(query_lengths.size()) +
                                                            " sentences and key_lengths of " + std::to_string(key_lengths.size()));
    const long alignment = kernels().transformer.drop_alignment;
    long first_query = 0, first_key = 0, first_share = 0;
    for (long row = 0; row < query_lengths.size(); ++row) {
      const long of_queries = query_lengths.ints()[row], of_keys = key_lengths.ints()[row];
      const long of_head = (of_queries * of_keys + alignment - 1) / alignment * alignment;
      looks.push_back({first_query, of_queries, first_key, of_keys, first_share, of_head});
      first_query += of_queries;
      first_key += of_keys;
      first_share += heads * of_head;
    }
    inputs = {heads, width / heads, call.attributes.causal, query_lengths.size(), looks.data(), first_share,
              dropout_of(call, 5), query.floats(), key.floats(), value.floats()};
  }

  const Tensor query, key;
  const int64_t queries, keys, width;
  const Tensor value, query_lengths, key_lengths;
  std::vector<Looks> looks;
  MultiHead inputs;
};

void compute_multi_head(const Call& call) {
  const MultiHeadInputs in(call);
  float* const context = call.output(0, {in.queries, in.width});
  kernels().transformer.multi_head_forward({in.inputs, context, call.output(1, {in.inputs.shares_size})});
}

void compute_multi_head_gradient(const Call& call) {
  const MultiHeadInputs in(call);
  const Tensor shares = call.input(6, "shares", {in.inputs.shares_size});
  const Tensor dcontext = call.input(7, "dcontext", {in.queries, in.width});
  float* const dquery = call.output(0, {in.queries, in.width});
  float* const dkey = call.output(1, {in.keys, in.width});
  kernels().transformer.multi_head_backward(
      {in.inputs, shares.floats(), dcontext.floats(), dquery, dkey, call.output(2, {in.keys, in.width})});
}

void compute_multi_head_step(const Call& call) {
  const Tensor query = call.matrix(0, "query"), table = call.matrix(1, "table"), places = call.input(2);
  const int64_t rows = query.shape()[0], width = table.shape()[1] / 2, heads = call.attributes.heads;
  require(heads >= 1 && width % heads == 0, std::to_string(heads) + " heads do not divide the width " + std::to_string(width));
  const int64_t columns = call.attributes.remembers ? 3 * width : width;
  require(query.shape()[1] == columns, "query must have " + std::to_string(columns) + " columns beside a table of " +
                                           std::to_string(2 * width) + ", not " + std::to_string(query.shape()[1]));
  require(places.shape().size() == 2 && places.shape()[0] == rows && places.shape()[1] >= 1,
          "places must be of shape [" + std::to_string(rows) + ", tokens], not " + text_of(places.shape()));
  const int64_t tokens = places.shape()[1];
  for (long row = 0; row < rows; ++row) {
    const int32_t* const of_row = places.ints() + row * tokens;
    for (long token = 0; token < tokens; ++token)
      require(of_row[token] < table.shape()[0], "place " + std::to_string(of_row[token]) + " of row " + std::to_string(row) +
                                                    " is none of the table's " + std::to_string(table.shape()[0]));
    const int64_t needed = call.attributes.remembers ? tokens - 1 : 0;
    require(of_row[needed] >= 0, "row " + std::to_string(row) + " has no place for token " + std::to_string(needed));
  }
  float* const context = call.output(0, {rows, width});
  kernels().transformer.multi_head_step({rows, heads, width / heads, tokens, query.floats(), columns, table.floats(),
                                         places.ints(), call.attributes.remembers, context,
                                         call.output(1, {rows, heads, tokens})});
}

void compute_add_norm(const Call& call) {
  const Tensor x = call.matrix(0, "x");
  const int64_t rows = x.shape()[0], width = x.shape()[1];
  const Shape shape = {rows, width};
  const Tensor branch = call.input(1, "branch", shape), weight = call.input(2, "weight", {width});
  const Tensor bias = call.input(3, "bias", {width});
  float* const out = call.output(0, shape);
  float* const unit = call.output(1, shape);
  kernels().transformer.add_norm_forward({{rows, width, dropout_of(call, 4), weight.floats()}, x.floats(), branch.floats(),
                                          bias.floats(), out, unit, call.output(2, {rows})});
}

void compute_add_norm_gradient(const Call& call) {
  const Tensor unit = call.matrix(0, "unit");
  const int64_t rows = unit.shape()[0], width = unit.shape()[1];
  const Shape shape = {rows, width};
  const Tensor scale = call.input(1, "scale", {rows}), weight = call.input(2, "weight", {width});
  const Tensor dout = call.input(4, "dout", shape);
  float* const dx = call.output(0, shape);
  float* const dbranch = call.output(1, shape);
  float* const dweight = call.output(2, {width});
  kernels().transformer.add_norm_backward({{rows, width, dropout_of(call, 3), weight.floats()}, unit.floats(),
                                           scale.floats(), dout.floats(), dx, dbranch, dweight, call.output(3, {width})});
}

void compute_activation(const Call& call) {
  const Tensor x = call.input(0);
  kernels().transformer.activation_forward(
      {call.attributes.activation, x.size(), dropout_of(call, 1), x.floats(), call.output(0, x.shape())});
}

void compute_activation_gradient(const Call& call) {
  const Tensor x = call.input(0), dout = call.input(2, "dout", x.shape());
  kernels().transformer.activation_backward(
      {{call.attributes.activation, x.size(), dropout_of(call, 1), x.floats(), call.output(0, x.shape())}, dout.floats()});
}

void compute_column_sums(const Call& call) {
  const Tensor x = call.matrix(0, "x");
  const int64_t rows = x.shape()[0], columns = x.shape()[1];
  kernels().transformer.column_sums({rows, columns, x.floats(), call.output(0, {columns})});
}

}  // namespace

std::vector<Operation> transformer_operations() {
  const char *const rate = "rate: float = 0", *const heads = "heads: int >= 1", *const causal = "causal: bool = false";
  const char* const activation = "activation: {'swish', 'relu', 'gelu'}";
  return {
      {"HonyakuMultiHead",
       {heads, causal, rate},
       {"query: float", "key: float", "value: float", "query_lengths: int32", "key_lengths: int32", "dropout_key: int32"},
       {"context: float", "shares: float"},
       compute<compute_multi_head>},
      {"HonyakuMultiHeadGrad",
       {heads, causal, rate},
       {"query: float", "key: float", "value: float", "query_lengths: int32", "key_lengths: int32", "dropout_key: int32",
        "shares: float", "dcontext: float"},
       {"dquery: float", "dkey: float", "dvalue: float"},
       compute<compute_multi_head_gradient>},
      {"HonyakuMultiHeadStep",
       {heads, "remembers: bool = false"},
       {"query: float", "table: float", "places: int32"},
       {"context: float", "shares: float"},
       compute<compute_multi_head_step>},
      {"HonyakuAddNorm",
       {rate},
       {"x: float", "branch: float", "weight: float", "bias: float", "dropout_key: int32"},
       {"out: float", "unit: float", "scale: float"},
       compute<compute_add_norm>},
      {"HonyakuAddNormGrad",
       {rate},
       {"unit: float", "scale: float", "weight: float", "dropout_key: int32", "dout: float"},
       {"dx: float", "dbranch: float", "dweight: float", "dbias: float"},
       compute<compute_add_norm_gradient>},
      {"HonyakuActivation",
       {activation, rate},
       {"x: float", "dropout_key: int32"},
       {"out: float"},
       compute<compute_activation>},
      {"HonyakuActivationGrad",
       {activation, rate},
       {"x: float", "dropout_key: int32", "dout: float"},
       {"dx: float"},
       compute<compute_activation_gradient>},
      {"HonyakuColumnSums", {}, {"x: float"}, {"sums: float"}, compute<compute_column_sums>},
  };
}

}  // namespace honyaku
