/**
 * All kernels for one instruction set. The set-up compiles this file once for each, with the set's flags and
 * `INSTRUCTION_SET` as the namespace: the same name for two sets would let the linker choose code that the processor
 * does not have. For that reason kernels use nothing of C++'s library but inline mathematics.
 */
#include "matmul.cc"
#include "lstm.cc"
#include "gru.cc"
#include "cross_entropy.cc"
#include "dropout.cc"
#include "scatter_add.cc"
#include "attention.cc"
#include "adam.cc"
#include "packed.cc"
#include "layer_step.cc"
#include "top_tokens.cc"
#include "multi_head.cc"
#include "multi_head_step.cc"
#include "add_norm.cc"
#include "activation.cc"

namespace honyaku::INSTRUCTION_SET {

static long gate_width(long gates, long hidden) { return gate_stride(gates, hidden); }

extern const Kernels kernels;
const Kernels kernels = {
    gate_width,    matmul,  lstm_forward, lstm_backward,     gru_forward,        gru_backward,
    cross_entropy, dropout, scatter_add,  attention_forward, attention_backward, adam,
    squared_norm,
    {packed_size, pack_weights, packed_product, lstm_step, gru_step, top_tokens},
    {drop_alignment, multi_head_forward, multi_head_backward, multi_head_step, add_norm_forward, add_norm_backward,
     activation_forward, activation_backward, sum_columns},
};

}  // namespace honyaku::INSTRUCTION_SET
