#include "threads.h"

#include <sched.h>
#include <xmmintrin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace honyaku {
namespace {

/** Waking a thread takes some 50 µs; one that waits this long burns no processor that others need. */
constexpr auto longest_spin = std::chrono::microseconds(40);
constexpr unsigned flush_to_zero_and_denormals_are_zero = 0x8040;

/**
 * The tasks of one thread that nobody has taken yet, in one word, so that they are taken without a lock:
 * generation of the job (24 bits), end (20 bits), next (20 bits). The generation keeps a thread that comes late from
 * taking a task of a job that has ended.
 */
struct alignas(64) Queue {
  std::atomic<uint64_t> word{0};

  static constexpr long most = (1L << 20) - 1;

  void fill(uint64_t generation, long next, long end) {
    word.store(generation << 40 | static_cast<uint64_t>(end) << 20 | static_cast<uint64_t>(next));
  }

  /** The index of a task, or -1 when none is left. */
  long take() {
    uint64_t now = word.load();
    while (next_of(now) < end_of(now))
      if (word.compare_exchange_weak(now, now + 1)) return next_of(now);
    return -1;
  }

  bool empty() const {
    const uint64_t now = word.load();
    return next_of(now) >= end_of(now);
  }

  static long next_of(uint64_t word) { return static_cast<long>(word & most); }
  static long end_of(uint64_t word) { return static_cast<long>(word >> 20 & most); }
};

class Pool {
 public:
  explicit Pool(long threads) : queues_(threads) {
    for (long index = 1; index < threads; ++index) workers_.emplace_back([this, index] { work_until_stopped(index); });
  }

  ~Pool() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  long threads() const { return static_cast<long>(queues_.size()); }

  void run(long count, Task task, const void* context) {
    // A second thread of the program that runs a kernel at the same time runs its tasks by itself.
    std::unique_lock<std::mutex> running(running_, std::try_to_lock);
    if (threads() == 1 || count == 1 || count > Queue::most || !running.owns_lock()) {
      for (long index = 0; index < count; ++index) task(context, index);
      return;
    }
    task_ = task;
    context_ = context;
    finished_.store(0);
    generation_ += 1;
    for (long index = 0; index < threads(); ++index)
      queues_[index].fill(generation_, count * index / threads(), count * (index + 1) / threads());
    if (sleeping_.load() > 0) {
      const std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    work(0);
    for (long spins = 1; finished_.load() != count; ++spins) {
      _mm_pause();
      if (spins % 1024 == 0) std::this_thread::yield();
    }
  }

 private:
  /** Runs tasks, its own first, until none is left. Returns whether there was one. */
  bool work(long self) {
    bool any = false;
    for (long offset = 0; offset < threads(); ++offset) {
      Queue& queue = queues_[(self + offset) % threads()];
      for (long index = queue.take(); index >= 0; index = queue.take()) {
        task_(context_, index);
        finished_.fetch_add(1);
        any = true;
      }
    }
    return any;
  }

  void work_until_stopped(long self) {
    const FlushSubnormals flush;
    while (!stopped_.load()) {
      if (!work(self) && !spin()) sleep();
    }
  }

  /** Returns whether there is work before the time to spin is over. */
  bool spin() const {
    const auto end = std::chrono::steady_clock::now() + longest_spin;
    do {
      for (int pause = 0; pause < 32; ++pause) {
        if (has_work()) return true;
        _mm_pause();
      }
    } while (std::chrono::steady_clock::now() < end);
    return false;
  }

  void sleep() {
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_.fetch_add(1);
    wake_.wait(lock, [this] { return stopped_.load() || has_work(); });
    sleeping_.fetch_sub(1);
  }

  bool has_work() const {
    return std::any_of(queues_.begin(), queues_.end(), [](const Queue& queue) { return !queue.empty(); });
  }

  std::vector<Queue> queues_;
  std::vector<std::thread> workers_;
  Task task_ = nullptr;
  const void* context_ = nullptr;
  uint64_t generation_ = 0;
  alignas(64) std::atomic<long> finished_{0};
  alignas(64) std::atomic<long> sleeping_{0};
  std::atomic<bool> stopped_{false};
  std::mutex running_;
  std::mutex mutex_;
  std::condition_variable wake_;
};

/** What HONYAKU_THREADS says, else as TensorFlow counts its own, else the processors that this process may use. */
long default_thread_count() {
  for (const char* name : {"HONYAKU_THREADS", "TF_NUM_INTRAOP_THREADS"}) {
    const char* setting = std::getenv(name);
    const long asked = setting == nullptr ? 0 : std::atol(setting);
    if (asked > 0) return asked;
  }
  cpu_set_t usable;
  return sched_getaffinity(0, sizeof usable, &usable) == 0 ? std::max(1, CPU_COUNT(&usable)) : 1;
}

/** Never destroyed at the program's end: its threads may still run then. */
std::unique_ptr<Pool>& pool() {
  static auto* const pool = new std::unique_ptr<Pool>(new Pool(default_thread_count()));
  return *pool;
}

}  // namespace

void run_tasks(long count, Task task, const void* context) {
  if (count > 0) pool()->run(count, task, context);
}

long thread_count() { return pool()->threads(); }

void set_thread_count(long count) {
  if (count != thread_count()) pool() = std::make_unique<Pool>(count);
}

FlushSubnormals::FlushSubnormals() : before_(_mm_getcsr()) {
  _mm_setcsr(before_ | flush_to_zero_and_denormals_are_zero);
}

FlushSubnormals::~FlushSubnormals() { _mm_setcsr(before_); }

}  // namespace honyaku
