/** Dropout of a whole tensor, as a kernel of its own. */
#include "dropout.h"

#include "kernels.h"
#include "threads.h"

namespace honyaku::INSTRUCTION_SET {

constexpr long dropped_elements_of_task = 256 * drop_alignment;

void dropout(const Dropout& p) {
  parallel_ranges(p.size, dropped_elements_of_task,
                  [&](long from, long end) { drop_elements(p.key, p.x, p.out, from, end); });
}

}  // namespace honyaku::INSTRUCTION_SET
