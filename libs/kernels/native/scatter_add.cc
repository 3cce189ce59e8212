/** The gradient of a lookup: rows are summed into a table, each where its index says. */
#include "kernels.h"
#include "threads.h"
#include "vector.h"

namespace honyaku::INSTRUCTION_SET {

/** Tasks share out columns, so that each element of the table is summed in the order of the rows. */
constexpr long columns_of_task = 64;

void scatter_add(const ScatterAdd& p) {
  parallel_ranges(p.columns, columns_of_task, [&](long first, long end) {
    for (long row = 0; row < p.count; ++row)
      __builtin_memset(p.table + row * p.columns + first, 0, sizeof(float) * (end - first));
    for (long row = 0; row < p.rows; ++row) {
      const float* const from = p.x + row * p.columns;
      float* const to = p.table + p.indices[row] * p.columns;
      for (long at = first; at < end; at += lanes) {
        const int present = static_cast<int>(end - at < lanes ? end - at : lanes);
        store(to + at, load(to + at, present) + load(from + at, present), present);
      }
    }
  });
}

}  // namespace honyaku::INSTRUCTION_SET
