/**
 * All kernels for one instruction set. The set-up compiles this file once for each, with the set's flags and
 * `INSTRUCTION_SET` as the namespace: the same name for two sets would let the linker choose code that the processor
 * does not have. For that reason kernels use nothing of C++'s library but inline mathematics.
 */
#include "matmul.cc"
#include "lstm.cc"
#include "gru.cc"
#include "cross_entropy.cc"
#include "adam.cc"

namespace honyaku::INSTRUCTION_SET {

static long gate_width(long gates, long hidden) { return gate_stride(gates, hidden); }

extern const Kernels kernels;
const Kernels kernels = {
    gate_width,  matmul,       lstm_forward,  lstm_backward, gru_forward,
    gru_backward, cross_entropy, adam,          squared_norm,
};

}  // namespace honyaku::INSTRUCTION_SET
