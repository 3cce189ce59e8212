/** Dropout of a whole tensor, as a kernel of its own. */
#include "dropout.h"

#include "kernels.h"
#include "threads.h"

namespace honyaku::INSTRUCTION_SET {

constexpr long dropped_elements_of_task = 256 * drop_alignment;

void dropout(const Dropout& p) {
  parallel((p.size + dropped_elements_of_task - 1) / dropped_elements_of_task, [&](long task) {
    const long from = task * dropped_elements_of_task, end = from + dropped_elements_of_task;
    drop_elements(p.key, p.x, p.out, from, end < p.size ? end : p.size);
  });
}

}  // namespace honyaku::INSTRUCTION_SET
