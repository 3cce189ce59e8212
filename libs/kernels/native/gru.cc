/** The GRU. */
#include "recurrence.h"
namespace honyaku::INSTRUCTION_SET {
void gru_forward(const GruForward&) {}
void gru_backward(const GruBackward&) {}
}  // namespace honyaku::INSTRUCTION_SET
