/**
 * A pool of threads that share the tasks of one kernel. Each thread starts with its own share of the tasks, so that
 * it meets the same weights again at every time step, and then takes tasks of the others: a thread that the system
 * has put aside delays nobody. Which thread runs a task never changes a result.
 */
#pragma once

namespace honyaku {

using Task = void (*)(const void* context, long index);

/** Runs tasks 0 … count - 1 on all threads and returns when all have ended. Tasks must not call it. */
void run_tasks(long count, Task task, const void* context);

long thread_count();

/** At least 1; must not be called while a kernel runs. */
void set_thread_count(long count);

/** The same for a function object: `parallel(rows, [&](long row) { … })`. */
template <class Body>
static inline void parallel(long count, const Body& body) {
  run_tasks(
      count, [](const void* context, long index) { (*static_cast<const Body*>(context))(index); }, &body);
}

/** `body(first, end)` for each range of so many of `size` things; the last may have fewer. */
template <class Body>
static inline void parallel_ranges(long size, long of_range, const Body& body) {
  parallel((size + of_range - 1) / of_range, [&](long range) {
    const long first = range * of_range, end = first + of_range;
    body(first, end < size ? end : size);
  });
}

/** Subnormal numbers count as zero while it lives, on every thread alike. */
class FlushSubnormals {
 public:
  FlushSubnormals();
  ~FlushSubnormals();
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  const unsigned before_;
};

}  // namespace honyaku
